// Puts the phone page together.
import { attempt } from "./api.js";
import * as bench from "./bench.js";
import * as chat from "./chat.js";
import * as compose from "./compose.js";
import * as people from "./people.js";
import * as wallet from "./wallet.js";
import * as web from "./web.js";
import * as wire from "./wire.js";

const act = { open: web.open, choose: compose.choose, program: web.program };

web.start();
wallet.start();
chat.start(act);
compose.start(web.open);
bench.start();
wire.start();
await attempt("开机", people.start);
document.body.dataset.ready = "true";

// Plays a merchant with npm's clients: one JSON line {wechat?, alipay?, steps} in, one line out.
// A step is [client, verb, ...]: see WECHAT and ALIPAY. What a client throws is {error: its words}.

const { Aes, Formatter, Rsa, Wechatpay } = require("wechatpay-axios-plugin");
const { AlipaySdk } = require("alipay-sdk");
const lines = require("node:readline").createInterface({ input: process.stdin });

const WECHAT = {
  post: async (pay, path, body) => told(await pay.client.chain(path).post(body)),
  get: async (pay, path, values) => told(await pay.client.chain(path).get(values)),
  notice: async (pay, headers, body) => {
    const text = Formatter.response(headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"], body);
    const proved = Rsa.verify(text, headers["Wechatpay-Signature"], pay.certificate);
    const { ciphertext, nonce, associated_data: known } = JSON.parse(body).resource;
    return { proved, plain: JSON.parse(Aes.AesGcm.decrypt(ciphertext, pay.key, nonce, known)) };
  },
};

const ALIPAY = {
  exec: (sdk, method, bizContent) => sdk.exec(method, { bizContent }, { validateSign: true }),
  page: (sdk, method, values) => sdk.pageExecute(method, "GET", values),
  notice: (sdk, form) => sdk.checkNotifySignV2(form),
};

function told({ status, data }) {
  return { status, data };
}

function clients({ wechat, alipay }) {
  const { baseURL, mchid, serial, privateKey, id, certificate, key } = wechat;
  const client = new Wechatpay({
    baseURL,
    mchid,
    serial,
    privateKey,
    certs: { [id]: certificate },
    headers: { "Wechatpay-Serial": id },
  });
  return {
    wechat: { verbs: WECHAT, client: { client, certificate, key } },
    alipay: { verbs: ALIPAY, client: new AlipaySdk({ ...alipay, keyType: "PKCS1", camelcase: false }) },
  };
}

async function played([name, verb, ...given], known) {
  const { verbs, client } = known[name];
  try {
    return await verbs[verb](client, ...given);
  } catch (error) {
    const answer = error.response;
    return { error: String(error.message), status: answer?.status, data: answer?.data };
  }
}

lines.on("line", async (line) => {
  const asked = JSON.parse(line);
  const known = clients(asked);
  const answers = [];
  for (const step of asked.steps) answers.push(await played(step, known));
  console.log(JSON.stringify(answers));
});

// Answers one JSON line per JSON line: what npm's wechat-crypto makes of it.
// {token, key, appid, seal: text, timestamp, nonce} -> {encrypted, signature}
// {token, key, appid, open: encrypted, timestamp, nonce} -> {message, appid, signature}

const Crypto = require("wechat-crypto");
const lines = require("node:readline").createInterface({ input: process.stdin });

function answer({ token, key, appid, seal, open, timestamp, nonce }) {
  const oracle = new Crypto(token, key, appid);
  const encrypted = open === undefined ? oracle.encrypt(seal) : open;
  const signature = oracle.getSignature(timestamp, nonce, encrypted);
  if (open === undefined) return { encrypted, signature };
  const { message, id } = oracle.decrypt(open);
  return { message, appid: id, signature };
}

lines.on("line", (line) => console.log(JSON.stringify(answer(JSON.parse(line)))));

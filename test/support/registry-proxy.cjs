// Stands in front of a registry of container images, to be run by node in a lab: listens on port 5000 and passes every
// request on to port 5001, but for what the rules say. The rules are a JSON file that is read at each request, by the
// name of a repository (`app`): { "app": { "delayMs": 12000, "status": 404, "login": "ada:secret", "bytesPerSecond":
// 100000, "cutAfter": 5000 } }. The last two are about blobs. Each request is a line of the log: `GET /v2/app/... 200`.
const http = require("node:http");
const { appendFileSync, readFileSync } = require("node:fs");

const [, , rulesFile, logFile] = process.argv;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function ruleFor(url) {
  const [, repository = ""] = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url) ?? [];
  const rules = JSON.parse(readFileSync(rulesFile, "utf8") || "{}");
  // A client learns at the first page how to log in.
  if (url === "/v2/") return Object.values(rules).find(({ login }) => login) ?? {};
  return rules[repository] ?? {};
}

function refuse(response, status, headers = {}) {
  const code = { 401: "UNAUTHORIZED", 404: "MANIFEST_UNKNOWN" }[status] ?? "UNKNOWN";
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace("_", " ") }] }));
}

async function send(from, response, { bytesPerSecond, cutAfter }) {
  let sent = 0;
  for await (const chunk of from) {
    for (let at = 0; at < chunk.length; at += 8192) {
      const part = chunk.subarray(at, at + 8192);
      if (cutAfter !== undefined && sent + part.length > cutAfter) return response.destroy();
      if (!response.write(part)) await new Promise((resolve) => response.once("drain", resolve));
      sent += part.length;
      if (bytesPerSecond !== undefined) await sleep((part.length / bytesPerSecond) * 1000);
      if (response.destroyed) return from.destroy();
    }
  }
  return response.end();
}

async function answer(request, response) {
  const rule = ruleFor(request.url);
  response.on("close", () => {
    if (request.method !== "HEAD")
      appendFileSync(logFile, `${request.method} ${request.url} ${response.statusCode}\n`);
  });
  if (rule.delayMs !== undefined && request.url.includes("/manifests/")) await sleep(rule.delayMs);
  if (rule.status !== undefined) return refuse(response, rule.status);
  const login = rule.login && `Basic ${Buffer.from(rule.login).toString("base64")}`;
  if (login && request.headers.authorization !== login)
    return refuse(response, 401, { "www-authenticate": 'Basic realm="lab"' });
  const { method, url: path, headers } = request;
  const onward = http.request({ port: 5001, host: "127.0.0.1", method, path, headers }, (from) => {
    response.writeHead(from.statusCode, from.headers);
    const isBlob = path.includes("/blobs/");
    send(from, response, isBlob ? rule : {}).catch(() => response.destroy());
  });
  onward.on("error", () => refuse(response, 502));
  return request.pipe(onward);
}

http.createServer(answer).listen(5000, "127.0.0.1", () => process.stdout.write("up\n"));

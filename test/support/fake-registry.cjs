// A registry of container images with one image and one list of platforms, to be run by node in a lab. Prints the
// image's digest once it listens on port 5000.
const http = require("node:http");
const { createHash } = require("node:crypto");

const digest = (text) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const OCI = "application/vnd.oci.image";
const config = JSON.stringify({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [] },
});
const image = JSON.stringify({
  schemaVersion: 2,
  mediaType: `${OCI}.manifest.v1+json`,
  config: { mediaType: `${OCI}.config.v1+json`, digest: digest(config), size: config.length },
  layers: [],
});
const platform = (architecture, of) => ({
  mediaType: `${OCI}.manifest.v1+json`,
  digest: of,
  size: image.length,
  platform: { architecture, os: "linux" },
});
const list = (...manifests) =>
  JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests });
const all = list(platform("amd64", digest(image)), platform("arm64", digest(image)));
const foreign = list(platform("riscv64", digest("other")));
const manifests = { one: image, list: all, foreign, [digest(image)]: image };

http
  .createServer((request, response) => {
    const send = (text, type) => {
      const headers = {
        "content-type": type,
        "docker-content-digest": digest(text),
        "content-length": text.length,
      };
      response.writeHead(200, headers);
      response.end(request.method === "HEAD" ? "" : text);
    };
    if (request.url === "/v2/") return send("{}", "application/json");
    const [, name, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url) ?? [];
    if (name === "silent") return undefined;
    if (kind === "manifests" && manifests[reference])
      return send(manifests[reference], JSON.parse(manifests[reference]).mediaType);
    if (kind === "blobs" && reference === digest(config)) return send(config, "application/octet-stream");
    response.writeHead(404, { "content-type": "application/json" });
    return response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
  })
  .listen(5000, "127.0.0.1", () => process.stdout.write(`${digest(image)}\n`));

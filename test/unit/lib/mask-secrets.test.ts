import { expect, test } from "vitest";
import {
  isSecretName,
  maskCommand,
  maskError,
  maskOptions,
  maskOutput,
  maskText,
  maskWords,
} from "../../../src/lib/mask-secrets.ts";

test("names that sound like secrets are treated as secrets", () => {
  const secrets = [
    "DB_PASSWORD",
    "API_KEY",
    "jwt-token",
    "PGPASS",
    "traefik.http.middlewares.a.basicauth.users",
    "--creds",
    "OTP",
    "WEB_PIN2",
    "GF_SMTP_PW",
    "userPin",
    "PROXY_BEARER",
    "SLACK_WEBHOOK_URL",
  ];
  expect(secrets.filter((name) => !isSecretName(name))).toEqual([]);
  const words = [
    "TZ",
    "GREETING",
    "traefik.enable",
    "PUID",
    "PINNED",
    "spin",
    "SPWN",
    "LAPTOP",
    "pinia",
    "option",
  ];
  expect(words.filter(isSecretName)).toEqual([]);
});

test("words of a command lose the values of their secret options", () => {
  const words = [
    "run",
    "--password",
    "a",
    "--api-key=b",
    "example.org/token=c",
    "--name",
    "x",
    "http://u:p@h/x",
  ];
  expect(maskWords(words)).toEqual([
    "run",
    "--password",
    "(hidden)",
    "--api-key=(hidden)",
    "example.org/token=(hidden)",
    "--name",
    "x",
    "http://(hidden)@h/x",
  ]);
});

test("a secret is found after every name in a word, and in quotes", () => {
  const words = [
    "--set=auth.password=x",
    "--env=DB_PASSWORD=x",
    "--header=Authorization: Bearer x",
    "--mount=type=cifs,password=x",
    '"--password=x"',
    '{"user": "a", "password": "x"}',
    "http://h/?a=b&token=x",
    "mysqladmin --password x ping",
    "export TOKEN='x y'; run",
    "redis://u:x@h/?password=x",
  ];
  expect(maskWords(words)).toEqual([
    "--set=auth.password=(hidden)",
    "--env=DB_PASSWORD=(hidden)",
    "--header=Authorization:(hidden)",
    "--mount=type=cifs,password=(hidden)",
    '"--password=(hidden)',
    '{"user": "a", "password":(hidden)',
    "http://h/?a=b&token=(hidden)",
    "mysqladmin --password (hidden)",
    "export TOKEN=(hidden)",
    "redis://(hidden)@h/?password=(hidden)",
  ]);
});

test("hosts, images, paths and ports of a command stay visible", () => {
  const words = [
    "http://keycloak:8080/auth:x",
    "ghcr.io/goauthentik/server:2024.2",
    "localhost/keycloak:26",
    "--volume=/srv/secrets:/keys:ro",
    "--publish=8080:80",
    "--retries=3",
  ];
  expect(maskWords(words)).toEqual(words);
});

test("words that were joined and split again hide a header's value to the end", () => {
  expect(maskCommand("curl -H Authorization: Bearer x http://h/")).toBe("curl -H Authorization: (hidden)");
  expect(maskCommand('curl -H "X-Api-Key: x" http://h/')).toBe("curl -H X-Api-Key:(hidden) http://h/");
});

test("a command is split at its quotes, and stays as it was written if nothing is hidden", () => {
  expect(maskCommand(`run "--password=x y" --port 80`)).toBe("run --password=(hidden) --port 80");
  expect(maskCommand(`run --password 'x y' --port 80`)).toBe("run --password (hidden) --port 80");
  expect(maskCommand(`run "--pass\\x77ord=x"`)).toBe("run --password=(hidden)");
  expect(maskCommand(`sh -c "echo 'a  b'"`)).toBe(`sh -c "echo 'a  b'"`);
});

test("names before a colon are no names of secrets in values that are not commands", () => {
  expect(maskOptions("docker.io/authelia:4.38")).toBe("docker.io/authelia:4.38");
  expect(maskOptions("keys.volume:/data")).toBe("keys.volume:/data");
  expect(maskOptions("username=u,password=x")).toBe("username=u,password=(hidden)");
  expect(maskOptions(`{"tag":"a","spin": 3}`)).toBe(`{"tag":"a","spin": 3}`);
});

test("names in quotes are names of secrets in values that are not commands", () => {
  expect(maskOptions(`{"user":"a","password":"x y"}`)).toBe(`{"user":"a","password":(hidden)`);
  expect(maskOptions(`{'pin' : 1234}`)).toBe("{'pin' :(hidden)");
  expect(maskOptions(`{\\"apiKey\\":\\"x\\"}`)).toBe(`{\\"apiKey\\":(hidden)`);
  expect(maskOptions(`token=x {"password":"y"}`)).toBe("token=(hidden) {password:(hidden)");
});

test("addresses from chat services lose the part that makes them a secret", () => {
  expect(maskText("https://hooks.slack.com/services/T0/B0/x")).toBe("https://hooks.slack.com/(hidden)");
  expect(maskText("post to https://discord.com/api/webhooks/1/x now")).toBe(
    "post to https://discord.com/api/webhooks/(hidden) now",
  );
  expect(maskText("https://api.telegram.org/bot12:x/sendMessage")).toBe(
    "https://api.telegram.org/bot(hidden)",
  );
  expect(maskText("https://example.org/bots/hooked/x")).toBe("https://example.org/bots/hooked/x");
});

test("a URL without a user stays as it is", () => {
  expect(maskText("http://h/a@b and https://h:80/")).toBe("http://h/a@b and https://h:80/");
});

test.each([
  [">>> 'token=x y'", ">>> token=(hidden)"],
  ["cannot run --password x here", "cannot run --password (hidden) here"],
  [`{"level":"error","password":"x y","a":1}`, "{level:error,password:(hidden)"],
  ["> Authorization: Bearer x", "> Authorization: (hidden)"],
  ["cannot reach postgres://u:p@db/x", "cannot reach postgres://(hidden)@db/x"],
])("%j, as written by a program, is shown as %j", (line, shown) => {
  expect(maskOutput(line)).toBe(shown);
});

test.each([
  "keycloak.service: Main process exited, code=exited, status=1/FAILURE",
  `FATAL:  password authentication failed for user "web"`,
  "it's not  there",
])("%j, as written by a program, stays as it is", (line) => {
  expect(maskOutput(line)).toBe(line);
});

test("names before a colon in podman's own error are what it complains about", () => {
  const line = `no secret with name or id "db-password": no such secret`;
  expect(maskError(line)).toBe(line);
  expect(maskError("invalid --token x of http://u:p@h/")).toBe(
    "invalid --token (hidden) of http://(hidden)@h/",
  );
});

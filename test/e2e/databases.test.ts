import { beforeAll, expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import type { ExecResult } from "../lab/harness/lab.ts";
import { checksOf, describeHomelab, fieldsWith, type Homelab, workOf } from "../support/flow-homelab.ts";

const PASSWORD = 'it\'s a "secret" with \\ and %h in it';
const DATA = "/home/homelab/containers/data";

interface Server {
  readonly name: string;
  readonly image: string;
  /** What its manifest has besides `pattern` and `image`. */
  readonly values: Readonly<Record<string, string>>;
  /** Who its files belong to, as the container sees it. */
  readonly owner: string;
  /** A client's command that prints the result of a statement, logged in with $PASSWORD. */
  readonly ask: (sql: string) => string;
  /** What it says to who comes with another password. */
  readonly refusal: RegExp;
  /** What it logs when somebody, such as a health check, tries to log in with a wrong name. */
  readonly complaint: RegExp;
  /** What it logs at an orderly end. */
  readonly farewell: string;
}

const psql = (host: string) => (sql: string) =>
  `PGPASSWORD="$PASSWORD" psql -h ${host} -U ada -d library -tAc "${sql}"`;
const postgres = {
  refusal: /password authentication failed for user "ada"/,
  complaint: /FATAL/,
  farewell: "database system is shut down",
};

const SERVERS: readonly Server[] = [
  {
    name: "books-db",
    image: "docker.io/library/postgres:17",
    values: { app: "books" },
    owner: "999:999",
    ask: psql("books-db"),
    ...postgres,
  },
  {
    name: "maps-db",
    image: "docker.io/library/postgres:17-alpine",
    values: { app: "maps", owner: "70:70" },
    owner: "70:70",
    ask: psql("maps-db"),
    ...postgres,
  },
  {
    name: "shop-db",
    image: "docker.io/library/mariadb:11.8",
    values: { app: "shop", variant: "mariadb" },
    owner: "999:999",
    ask: (sql) => `MYSQL_PWD="$PASSWORD" mariadb -h shop-db -u ada library -NBe "${sql}"`,
    refusal: /Access denied for user 'ada'/,
    complaint: /Access denied/,
    farewell: "mariadbd: Shutdown complete",
  },
];

/** The server's manifest. JSON is YAML. */
function manifest({ image, values }: Server, more: Readonly<Record<string, string>> = {}): string {
  const all = { user: "ada", database: "library", cache: "64M", ...values, ...more };
  return JSON.stringify({ pattern: "database-service", image, values: all });
}

const files = (more?: Readonly<Record<string, string>>) =>
  Object.fromEntries(SERVERS.map((one) => [`desired-state/${one.name}.yaml`, manifest(one, more)]));

/** What a client in a container of its own, on the application's network, gets to hear with a secret or a password. */
function askFrom(
  { lab }: Homelab,
  { name, values, image, ask }: Server,
  sql: string,
  password = `--secret=${name}-password,type=env,target=PASSWORD`,
): Promise<ExecResult> {
  const client = ["podman", "run", "--rm", `--network=systemd-${values.app}`, password, image];
  return lab.exec([...client, "sh", "-c", ask(sql)], { reject: false });
}

const NETWORKS = { "desired-state/networks.yaml": "shop: { internal: true }\n" };

describeHomelab("a database", { files: { ...files(), ...NETWORKS } }, (home) => {
  const journal = (name: string) => home().sh(`journalctl --user -o cat -u ${name}.service`);

  beforeAll(async () => {
    const secrets = SERVERS.flatMap(({ name }) => [`${name}-password`, `${name}-root-password`]);
    const create = secrets.map((name) => `printf %s "$PASSWORD" | podman secret create ${name} -`);
    await home().sh(create.join("\n"), { env: { PASSWORD } });
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
  });

  test.each(SERVERS)("$image answers a client on its network with the secret", async (server) => {
    expect(await askFrom(home(), server, "SELECT 6 * 7")).toMatchObject({ stdout: "42", exitCode: 0 });
  });

  test.each(SERVERS)("$image refuses another password", async (server) => {
    const wrong = await askFrom(home(), server, "SELECT 1", "--env=PASSWORD=wrong");
    expect(wrong).toMatchObject({ stdout: "" });
    expect(wrong.stderr).toMatch(server.refusal);
  });

  test.each(SERVERS)("$image passes the checks of its pattern", async ({ name }) => {
    expect(await checksOf(home(), name)).toEqual(["command", "no-log", "tcp"]);
  });

  test("can be reached by address from another network, unless its own is internal", async () => {
    const reach = async (name: string, network: string) => {
      const path = `{{(index .NetworkSettings.Networks "systemd-${network}").IPAddress}}`;
      const address = await home().podman("inspect", "--format", path, name);
      const client = ["podman", "run", "--rm", "--network=systemd-maps", "docker.io/library/busybox:1.37"];
      const port = name === "shop-db" ? "3306" : "5432";
      const command = [...client, "nc", "-w", "3", address, port, "-e", "true"];
      return home().lab.exec(command, { reject: false });
    };
    expect(await reach("books-db", "books")).toMatchObject({ exitCode: 0 });
    expect(await reach("shop-db", "shop")).toMatchObject({ exitCode: 1 });
  });

  test.each(SERVERS)("$image keeps its files to itself, as the user it runs as", async ({ name, owner }) => {
    const [user] = owner.split(":");
    const facts = `stat -c '%u:%g %a' ${DATA}/${name}; find ${DATA}/${name} ! -user ${user}`;
    expect(await home().sh(`podman unshare sh -c "${facts}"`)).toBe(`${owner} 700`);
  });

  test.each(SERVERS)("$image logs nothing about its health checks", async ({ name, complaint }) => {
    const since = await home().sh("date +%s");
    for (let times = 0; times < 3; times += 1) await home().podman("healthcheck", "run", name);
    const lines = await home().sh(`journalctl --user -o cat -u ${name}.service --since=@${since}`);
    expect(lines).not.toMatch(complaint);
  });

  test("ends in order and keeps its data over a change and a power cut", async () => {
    for (const server of SERVERS) {
      const made = await askFrom(home(), server, "CREATE TABLE t (n int); INSERT INTO t VALUES (7)");
      expect(made).toMatchObject({ exitCode: 0 });
    }
    const { exitCode, document } = await home().deploy(files({ cache: "96M" }), "Give them more memory");
    expect(exitCode).toBe(0);
    expect(workOf(document)).toEqual(SERVERS.map(({ name }) => `update ${name}.container`));
    for (const { name, farewell } of SERVERS) expect(await journal(name)).toContain(farewell);
    await home().lab.restart();
    for (const server of SERVERS) {
      await expect
        .poll(async () => (await askFrom(home(), server, "SELECT n FROM t")).stdout, {
          timeout: 60_000,
          interval: 500,
        })
        .toBe("7");
    }
    const drift = await home().ask<DriftReport>("drift");
    expect(fieldsWith(drift.document)).toEqual([]);
    expect(drift.exitCode).toBe(0);
  });
});

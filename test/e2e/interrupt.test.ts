import { beforeAll, expect, test } from "vitest";
import { LABEL_DIGEST } from "../../src/model/unit.ts";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab, type Homelab } from "../support/flow-homelab.ts";
import { web } from "../support/flow-manifests.ts";

const FOLDER = "/home/homelab/traps";

/** Stands before the real program on PATH: sends quadgate a signal once, at the call that the pattern matches. */
const TRAP = `#!/bin/bash
name=$(basename $0)
call() { PATH=/usr/bin:/bin /usr/bin/$name "$@"; }
[[ "$name $*" =~ $(cat ${FOLDER}/pattern) ]] && mkdir ${FOLDER}/sprung 2>/dev/null || { call "$@"; exit; }
[ -e ${FOLDER}/after ] && call "$@" >/dev/null
kill -$(cat ${FOLDER}/signal) $(cat ${FOLDER}/victim)
`;

/** Runs `quadgate reconcile` and signals it before or after its first call that matches; returns the exit code. */
async function reconcileUntil(
  { lab, sh }: Homelab,
  when: "before" | "after",
  pattern: string,
  signal: "KILL" | "TERM" = "KILL",
): Promise<number> {
  for (const name of ["git", "podman", "systemctl"]) {
    await lab.write(`${FOLDER}/bin/${name}`, TRAP, { mode: "0755" });
  }
  await lab.write(`${FOLDER}/pattern`, pattern);
  await lab.write(`${FOLDER}/signal`, signal);
  await sh(`cd ${FOLDER}; rm -rf sprung after; ${when === "after" ? "touch after" : ""}`);
  const victim = `echo $$ >${FOLDER}/victim; exec quadgate reconcile`;
  const { exitCode } = await lab.exec(["bash", "-c", victim], {
    env: { PATH: `${FOLDER}/bin:/usr/local/bin:/usr/bin:/bin` },
    reject: false,
  });
  return exitCode;
}

/** The container was made from the very unit that stands on the host. */
async function digests(home: Homelab, name: string): Promise<readonly (string | undefined)[]> {
  const unit = await home.unit(`${name}.container`);
  const label = `{{index .Config.Labels "${LABEL_DIGEST}"}}`;
  return [
    new RegExp(`${LABEL_DIGEST}=([0-9a-f]{64})`).exec(unit)?.[1],
    await home.podman("container", "inspect", "--format", label, name),
  ];
}

/** Two states of the homelab that differ in texts, instances and networks. */
const A = {
  "desired-state/web.yaml": web(),
  "desired-state/second.yaml": web("networks: [reverse_proxy, second]\n", "second"),
  "desired-state/third.yaml": null,
};
const B = {
  "desired-state/web.yaml": web("memory: 1G\n"),
  "desired-state/second.yaml": null,
  "desired-state/third.yaml": web("networks: [reverse_proxy, third]\n", "third"),
};

describeHomelab("a sync that is killed", { files: A }, (home) => {
  beforeAll(async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
  });

  let forth = false;
  test.each([
    ["before", "fetches", "^git .*fetch"],
    ["after", "has stopped the first service", "^systemctl .* stop"],
    ["after", "has removed a network", "^podman network rm"],
    ["before", "reloads systemd", "^systemctl .*daemon-reload"],
    ["after", "has reloaded systemd", "^systemctl .*daemon-reload"],
    ["before", "starts the first network", "^systemctl .* restart .*-network"],
    ["after", "has started a container", "^systemctl .* restart .*web"],
    ["before", "asks a container for its health", "^podman healthcheck"],
  ] as const)("%s it %s is finished by the next one", async (when, _, pattern) => {
    forth = !forth;
    await home().repo.commitAndPush(forth ? B : A, `Change everything, ${when} ${pattern}`);
    expect(await reconcileUntil(home(), when, pattern)).toBe(137);

    const { exitCode, document, stderr } = await home().ask("reconcile");
    expect({ exitCode, result: document.result }, stderr).toMatchObject({ exitCode: 0 });
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    const names = forth ? ["third", "web"] : ["second", "web"];
    expect((await home().podman("ps", "-a", "--format", "{{.Names}}")).split("\n").sort()).toEqual(names);
    for (const name of names) {
      const [onDisk, live] = await digests(home(), name);
      expect(live).toBe(onDisk);
    }
  });

  test("continues if its reader closes the pipe, and reports its result by its exit code", async () => {
    await home().repo.commitAndPush(forth ? A : B, "Change everything once more");
    const piped = "set -o pipefail; quadgate reconcile --verbose 2>&1 | head -c 1 >/dev/null; echo $?";
    expect(await home().sh(piped)).toBe("0");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    expect((await home().ask("plan")).document.summary).toMatchObject({ create: 0, update: 0, delete: 0 });
  });
});

describeHomelab("a sync that is asked to end while services are down", { files: A }, (home) => {
  const subnet = (net: string) => ({ "desired-state/networks.yaml": `second: { subnet: ${net} }\n` });
  const names = async () =>
    (await home().podman("ps", "--format", "{{.Names}}")).split("\n").filter(Boolean).sort();

  test("restarts them and changes nothing else, and the next one continues", async () => {
    await home().repo.commitAndPush(subnet("10.89.71.0/24"), "Name the network's addresses");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
    const third = { "desired-state/third.yaml": B["desired-state/third.yaml"] };
    await home().repo.commitAndPush({ ...subnet("10.89.72.0/24"), ...third }, "Name others");
    expect(await reconcileUntil(home(), "after", "^podman network rm", "TERM")).toBe(4);
    expect(await names()).toEqual(["second", "web"]);

    const { exitCode, stderr } = await home().ask("reconcile");
    expect(exitCode, stderr).toBe(0);
    expect(await names()).toEqual(["second", "third", "web"]);
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });
});

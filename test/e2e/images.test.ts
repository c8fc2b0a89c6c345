import { beforeAll, expect, test } from "vitest";
import { codesOf, describeHomelab } from "../support/flow-homelab.ts";
import {
  APP,
  answer,
  app,
  at,
  QUICK,
  type Registry,
  silenceDuring,
  startRegistry,
} from "../support/flow-registry.ts";

describeHomelab("the images of a plan", { files: { [APP]: app(at("app:1")) }, settings: QUICK }, (home) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry(home());
    await registry.push("one", ["app:1"]);
    await registry.push("two", ["app:2"], 3);
    await registry.push("moved", ["app:moved"]);
  });

  test("are pulled before the first start", async () => {
    const { exitCode, document, stderr } = await home().ask("reconcile");
    expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
    expect(await answer(home())).toBe("one");
  });

  const lasting = async (work: () => Promise<unknown>) => {
    const before = await home().identity("app");
    const silence = await silenceDuring(home(), work);
    expect(await home().identity("app")).toBe(before);
    return silence;
  };

  test("that the registry does not have leave the instance as it runs, and others go ahead", async () => {
    await registry.rules({ app: { delayMs: 4_000, status: 404 } });
    const other = { "desired-state/other.container": "[Container]\nImage=localhost/busybox:latest\n" };
    const silence = await lasting(async () => {
      const files = { [APP]: app(at("app:none")), ...other };
      const { exitCode, document, stderr } = await home().deploy(files, "Name no image");
      expect({ exitCode, codes: codesOf(document.issues) }, stderr).toEqual({
        exitCode: 1,
        codes: ["image-unavailable"],
      });
      expect(document.issues[0]?.message).toContain(`${at("app:none")}: `);
      expect(document.outcomes.map(({ unit }) => unit)).toEqual(["other.container"]);
    });
    expect(silence.silent).toBe(0);
    expect(silence.asked).toBeGreaterThan(20);
    expect(await home().podman("ps", "--format", "{{.Names}}")).toContain("systemd-other");
  });

  test("are tried again by the next sync, because that is no failed attempt", async () => {
    await registry.rules({});
    await registry.push("late", ["app:none"]);
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    expect(await answer(home())).toBe("late");
  });

  test("may come slowly: the service runs until they are here", async () => {
    await registry.rules({ app: { bytesPerSecond: 1_000_000 } });
    const silence = await silenceDuring(home(), async () => {
      const { exitCode, stderr } = await home().deploy({ [APP]: app(at("app:2")) }, "Update");
      expect(exitCode, stderr).toBe(0);
    });
    expect(await answer(home())).toBe("two");
    // Between its stop and its start, the service is down however fast podman is.
    expect(silence.asked).toBeGreaterThan(20);
    expect(silence.silent).toBeLessThan(silence.asked / 3);
  });

  test.each([
    ["a 500 at every attempt", { status: 500 }, /500|Internal Server Error/],
    ["a blob that is cut off half way", { cutAfter: 1_000_000 }, /EOF|closed|reset/],
    ["a login that is missing", { login: "ada:lovelace" }, /unauthorized|authentication required/],
  ])("that cannot be had because of %s change nothing", async (_, rule, why) => {
    await home().podman("rmi", "--force", at("app:3"));
    await registry.push("three", ["app:3"], 3);
    await registry.rules({ app: rule });
    const silence = await lasting(async () => {
      const { exitCode, document } = await home().deploy({ [APP]: app(at("app:3")) }, `Fail: ${why}`);
      expect({ exitCode, codes: codesOf(document.issues) }).toEqual({
        exitCode: 1,
        codes: ["image-unavailable"],
      });
      expect(document.issues[0]?.message).toMatch(why);
    });
    expect(silence.silent).toBe(0);
    await home().repo.commitAndPush({ [APP]: app(at("app:2")) }, "Go back");
    expect((await home().ask("reconcile")).exitCode).toBe(0);
  });

  test("come with the login of podman's own file", async () => {
    await registry.rules({ app: { login: "ada:lovelace" } });
    await home().sh("echo lovelace | podman login --username ada --password-stdin localhost:5000");
    const { exitCode, stderr } = await home().deploy({ [APP]: app(at("app:3")) }, "Log in");
    expect(exitCode, stderr).toBe(0);
    expect(await answer(home())).toBe("three");
    await registry.rules({});
  });

  test("come without TLS only if the unit says so", async () => {
    await registry.push("plain", ["plain:1"]);
    const image = "127.0.0.1:5000/plain:1";
    const refused = await home().deploy({ [APP]: app(image) }, "Ask by TLS");
    expect({ exitCode: refused.exitCode, codes: codesOf(refused.document.issues) }).toEqual({
      exitCode: 1,
      codes: ["image-unavailable"],
    });
    const allowed = await home().deploy({ [APP]: app(image, "PodmanArgs=--tls-verify=false\n") }, "Allow it");
    expect(allowed.exitCode, allowed.stderr).toBe(0);
    expect(await answer(home())).toBe("plain");
  });

  test("may be named by a digest, or by a list of platforms", async () => {
    const digest = await registry.push("digest", ["pinned:1"]);
    const pinned = await home().deploy({ [APP]: app(`${at("pinned")}@${digest}`) }, "Pin it");
    expect(pinned.exitCode, pinned.stderr).toBe(0);
    expect(await answer(home())).toBe("digest");

    await registry.push("listed", ["listed:one"]);
    await home().sh(`podman manifest create lab-list
      podman manifest add --tls-verify=false lab-list docker://${at("listed:one")}
      podman manifest push -q --all --tls-verify=false lab-list docker://localhost:5001/listed:all
      podman manifest rm lab-list`);
    const listed = await home().deploy({ [APP]: app(at("listed:all")) }, "Name a list");
    expect(listed.exitCode, listed.stderr).toBe(0);
    expect(await answer(home())).toBe("listed");
  });

  test("that are here already are not asked for", async () => {
    await home().podman("tag", at("app:1"), "localhost/mine:1");
    const before = await registry.requests(/./);
    const { exitCode, stderr } = await home().deploy({ [APP]: app("localhost/mine:1") }, "Name a local one");
    expect(exitCode, stderr).toBe(0);
    expect(await answer(home())).toBe("one");
    expect(await registry.requests(/./)).toEqual(before);
  });
});

describeHomelab(
  "the four values of Pull=",
  { files: { [APP]: app(at("app:1")) }, settings: QUICK },
  (home) => {
    let registry: Registry;
    let count = 0;
    /** Changes the unit so that its container starts anew, with this line. */
    const withPull = (line: string, image = at("app:1")) => {
      count += 1;
      return home().deploy({ [APP]: app(image, `${line}\nLabel=count=${count}\n`) }, `Try ${line}`);
    };
    beforeAll(async () => {
      registry = await startRegistry(home());
      await registry.push("one", ["app:1"]);
      expect((await home().ask("reconcile")).exitCode).toBe(0);
      await registry.push("moved", ["app:1"]);
    });

    test.each([["Pull=missing"], ["Pull=never"]])(
      "%s uses the image that is here, and asks nobody",
      async (line) => {
        const before = await registry.requests(/./);
        expect((await withPull(line)).exitCode).toBe(0);
        expect(await answer(home())).toBe("one");
        expect(await registry.requests(/./)).toEqual(before);
      },
    );

    test("Pull=never without the image is refused before anything stops", async () => {
      const before = await home().identity("app");
      const { exitCode, document } = await withPull("Pull=never", at("app:absent"));
      expect({ exitCode, codes: codesOf(document.issues) }).toEqual({
        exitCode: 1,
        codes: ["image-unavailable"],
      });
      expect(document.issues[0]?.message).toContain("must not pull it");
      expect(await home().identity("app")).toBe(before);
    });

    test("Pull=newer starts the image that is here if the registry fails", async () => {
      await registry.rules({ app: { status: 404 } });
      const { exitCode, stderr } = await withPull("Pull=newer");
      expect(exitCode, stderr).toBe(0);
      expect(await answer(home())).toBe("one");
    });

    test("Pull=always changes nothing if the registry fails", async () => {
      const before = await home().identity("app");
      const { exitCode, document } = await withPull("Pull=always");
      expect({ exitCode, codes: codesOf(document.issues) }).toEqual({
        exitCode: 1,
        codes: ["image-unavailable"],
      });
      expect(await home().identity("app")).toBe(before);
      await registry.rules({});
    });

    test.each([["Pull=newer"], ["Pull=always"]])(
      "%s brings the image that the tag has moved to",
      async (line) => {
        await registry.push(line, ["app:1"]);
        const { exitCode, stderr } = await withPull(line);
        expect(exitCode, stderr).toBe(0);
        expect(await answer(home())).toBe(line);
      },
    );
  },
);

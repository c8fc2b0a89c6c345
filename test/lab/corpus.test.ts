import { describe, expect, test } from "vitest";
import { KEY_ROWS } from "../../src/drift/keys.ts";
import { describeHomelab } from "../support/flow-homelab.ts";
import { corpus, keysOf } from "./drift-keys/corpus.ts";
import { asFiles, corpusFor, found } from "./drift-keys/corpus-home.ts";
import { type Flavour, flavours } from "./harness/recipe.ts";

test("the corpus has at least sixty Quadlets, and uses every key of every kind", () => {
  const units = corpus().filter(({ name }) => !name.includes(".d/"));
  expect(units.length).toBeGreaterThan(60);
  const used = new Set(corpus().flatMap(({ text }) => keysOf(text)));
  const known = KEY_ROWS.filter(({ section }) => section !== "Service");
  expect(known.map(({ section, key }) => `${section}.${key}`).filter((key) => !used.has(key))).toEqual([]);
});

function rootfulSuite(flavour: Flavour): void {
  const options = { user: "root", files: { "README.md": "A homelab.\n" }, lab: { flavour } } as const;
  describeHomelab(`the corpus's rootful part on ${flavour}`, options, (home) => {
    test("is deployed and verified, and has no drift right after, nor after a restart", async () => {
      await home().sh(`git config --global --add safe.directory ${home().repo.url}`);
      const files = await corpusFor(home(), true);
      expect(files.length).toBeGreaterThan(2);
      const { document } = await home().deploy(asFiles(files), "Add what root alone can have");
      expect(document.outcomes.map(({ unit, outcome }) => `${unit} ${outcome}`).sort()).toEqual(
        files.map(({ name }) => `${name} created`).sort(),
      );
      expect(await found(home())).toEqual([]);
      await home().systemctl("restart", "rootful.service", "rootful-devices.service", "rootful-pod.service");
      expect(await found(home())).toEqual([]);
    });
  });
}

describe.each(flavours)("Debian %s", rootfulSuite);

import { isSecretName } from "../../lib/mask-secrets.ts";
import { LABEL_SYSTEMD_UNIT, objectAt } from "../../model/live.ts";
import { LABEL_DIGEST } from "../../model/unit.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { countText, onlyKeys, pairsOf } from "../row-builders/key-value-pairs.ts";

const isTraefik = (key: string) => key.startsWith("traefik.");

const isOwn = (key: string) => key === LABEL_DIGEST || key === LABEL_SYSTEMD_UNIT;

function labelRow(name: string, wanted: (key: string) => boolean): Omit<FieldRow, "text"> {
  return {
    name,
    flags: ["label"],
    declared: ({ call }) => onlyKeys(pairsOf(call, "label"), wanted),
    container: (expected, container) => {
      const live = objectAt(container, "Config", "Labels");
      const found = Object.keys(expected).map((key) => [key, live[key]?.toString()] as const);
      return flat(Object.fromEntries(found));
    },
    secret: isSecretName,
  };
}

/** Declared labels. Those of the image and of podman are not compared. */
export const labels: FieldRow = {
  ...labelRow("labels", (key) => !isTraefik(key) && !isOwn(key)),
  text: (value, keys) => countText(value, keys, "label"),
};

/** Traefik's labels, separate from the others: a route that is not as declared is a warning. */
export const traefik: FieldRow = {
  ...labelRow("traefik", isTraefik),
  severity: "warning",
  text: (value, keys) => (keys.length > 0 ? countText(value, keys, "label") : traefikText(value)),
  detail: (desired, observed) => {
    const live = new Set(middlewaresOf(observed));
    const missing = middlewaresOf(desired).filter((name) => !live.has(name));
    if (missing.length === 0) return undefined;
    return `middleware${missing.length > 1 ? "s" : ""} ${missing.join(", ")} missing`;
  },
};

function middlewaresOf(value: Flat): readonly string[] {
  return Object.entries(value)
    .filter(([key]) => /^traefik\.\w+\.routers\..+\.middlewares$/.test(key))
    .flatMap(([, list]) => list.split(",").map((name) => name.trim()))
    .filter(Boolean);
}

function traefikText(value: Flat): string {
  const middlewares = middlewaresOf(value);
  return middlewares.length > 0 ? middlewares.join(", ") : countText(value, [], "label");
}

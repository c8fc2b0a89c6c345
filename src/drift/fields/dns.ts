import { type Part, partsRow, textsAt } from "../row-builders/parts-row.ts";

/** The declared values must be there; containers.conf may add others. */
const dnsPart = (part: string, flag: string, key: string): Part => ({
  part,
  flag,
  declared: (values) => (values.length === 0 ? undefined : values.join(", ")),
  live: (container, expected) => {
    const live = textsAt(container, "HostConfig", key);
    if (live === undefined || expected === "none") return undefined;
    return expected.split(", ").every((one) => live.includes(one)) ? expected : live.join(", ") || "none";
  },
});

/** Name servers and search domains of the container. */
export const dns = partsRow("dns", [
  dnsPart("servers", "dns", "Dns"),
  dnsPart("options", "dns-option", "DnsOptions"),
  dnsPart("search", "dns-search", "DnsSearch"),
]);

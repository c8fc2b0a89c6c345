/** An IPv4 or IPv6 address as a number; undefined for any other text. */
export function addressNumber(text: string): bigint | undefined {
  return text.includes(":") ? sixNumber(text) : fourNumber(text);
}

function fourNumber(text: string): bigint | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  return text.split(".").reduce((number, part) => number * 256n + BigInt(part), 0n);
}

function sixNumber(text: string): bigint | undefined {
  const [head = "", tail, more] = text.split("::");
  if (more !== undefined) return undefined;
  const words = (part: string | undefined) => (part ? part.split(":") : []);
  const missing = 8 - words(head).length - words(tail).length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  const all = [...words(head), ...Array.from({ length: missing }, () => "0"), ...words(tail)];
  if (!all.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return all.reduce((number, word) => number * 65_536n + BigInt(`0x${word}`), 0n);
}

/**
 * The addresses that podman leases for `--ip-range`: those of `FIRST-LAST`, or all but the first of
 * `ADDRESS/BITS`. Undefined if the text is neither.
 */
export function leaseRange(text: string): { readonly first: bigint; readonly last: bigint } | undefined {
  const [from = "", to] = text.split("-");
  if (to !== undefined) {
    const [first, last] = [addressNumber(from), addressNumber(to)];
    return first === undefined || last === undefined ? undefined : { first, last };
  }
  const [address = "", bits] = text.split("/");
  const number = addressNumber(address);
  const width = address.includes(":") ? 128 : 32;
  if (number === undefined || bits === undefined || !/^\d+$/.test(bits) || Number(bits) > width)
    return undefined;
  const size = 1n << BigInt(width - Number(bits));
  const base = number - (number % size);
  return { first: base + 1n, last: base + size - 1n };
}

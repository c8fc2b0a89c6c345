/** An IP address as a number; `bits` is 32 or 128. */
export interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** A range of addresses; `base` is its first one. */
export interface Subnet {
  readonly base: bigint;
  readonly prefix: number;
  readonly bits: 32 | 128;
  /** Whether the text names the first address of the range, as it should. */
  readonly aligned: boolean;
}

/** Parses an IPv4 or IPv6 address (without zone); undefined if it is not valid. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { value: v4, bits: 32 };
  const v6 = parseV6(text);
  return v6 === undefined ? undefined : { value: v6, bits: 128 };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = withHexTail(text).split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** `::ffff:10.0.0.1` ends in an IPv4 address; writes it as two groups. */
function withHexTail(text: string): string {
  const at = text.lastIndexOf(":") + 1;
  const tail = parseV4(text.slice(at));
  if (tail === undefined || at === 0) return text;
  return `${text.slice(0, at)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
}

/** Parses `10.89.2.0/24` or `fd00::/64`; undefined if it is not valid. */
export function parseSubnet(text: string): Subnet | undefined {
  const [addressText = "", prefixText = "", ...rest] = text.split("/");
  const address = parseAddress(addressText);
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  if (rest.length > 0 || !address || !(prefix <= address.bits)) return undefined;
  const shift = BigInt(address.bits - prefix);
  const base = (address.value >> shift) << shift;
  return { base, prefix, bits: address.bits, aligned: base === address.value };
}

/** Whether an address is in a subnet. */
export function contains(subnet: Subnet, address: Address): boolean {
  const shift = BigInt(subnet.bits - subnet.prefix);
  return address.bits === subnet.bits && address.value >> shift === subnet.base >> shift;
}

/** Whether two subnets have an address in common. */
export function overlap(a: Subnet, b: Subnet): boolean {
  const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a];
  return contains(wide, { value: narrow.base, bits: narrow.bits });
}

/** One delivery, as it came in. The signature is over the bytes of the body; nothing parses them. */
interface Delivery {
  /** Case-insensitive; undefined if the header is missing. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** How one kind of forge signs its webhooks. */
export interface Dialect {
  /** Whether the sender knows the secret. Compares in constant time. */
  readonly verify: (delivery: Delivery, secret: string) => boolean;
}

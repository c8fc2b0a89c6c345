/** What quadgate does about differences that no commit explains: report them, or put them back. */
export const ON_DRIFT = ["report", "heal"] as const;
export type OnDrift = (typeof ON_DRIFT)[number];

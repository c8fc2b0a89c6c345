/** A file in quadgate's own clone: the repository that was fetched into it last, without a password. */
export const FETCHED_FROM = "quadgate-repository";

/** A URL as it may be shown: `https://user:token@host/x` loses the token. */
export function withoutPassword(repository: string): string {
  return repository.replace(/^([a-z+]+:\/\/)[^/@]*@/i, "$1");
}

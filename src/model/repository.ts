/** A file in quadgate's own clone that names the repository fetched last, without a password. */
export const FETCHED_FROM = "quadgate-repository";

/** A URL without its credentials: `https://user:token@host/x` loses the token. */
export function withoutPassword(repository: string): string {
  return repository.replace(/^([a-z+]+:\/\/)[^/@]*@/i, "$1");
}

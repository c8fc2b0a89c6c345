/** The code of what node throws if the system refuses: `EACCES`; empty for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

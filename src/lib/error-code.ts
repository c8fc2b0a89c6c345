/** The code of what node throws where the system refuses: `EACCES`; empty of anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

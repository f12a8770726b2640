/** A request to the table that failed. The message says what to do. */
export class TableError extends Error {
  /** True when the same request may succeed later, with nothing changed. */
  readonly passes: boolean;

  constructor(message: string, { passes, ...options }: { readonly passes: boolean } & ErrorOptions) {
    super(message, options);
    this.name = "TableError";
    this.passes = passes;
  }
}

const MAKE = "docs/storage.md has the command that makes a table.";
const CREDENTIALS = "Give this process credentials that are valid.";

/** What DynamoDB calls its errors: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["ResourceNotFoundException", `Set MILLRACE_TABLE to the name of a table that there is, or make this one: ${MAKE}`],
  ["ValidationException", `Check the table's name, and that its keys are \`pk\` and \`sk\`: ${MAKE}`],
  ["AccessDeniedException", "Allow this process's role the action on the table."],
  ["UnrecognizedClientException", CREDENTIALS],
  ["InvalidSignatureException", CREDENTIALS],
  ["ExpiredTokenException", CREDENTIALS],
  ["CredentialsProviderError", CREDENTIALS],
]);

export function tableError(error: unknown, table: string, doing: string): TableError {
  if (error instanceof TableError) return error;
  const name = error instanceof Error ? error.name : String(error);
  const text = error instanceof Error ? error.message : "";
  const advice = ADVICE.get(name);
  const what = `Cannot ${doing} table \`${table}\` (${name}: ${text.slice(0, 500)}).`;
  return new TableError(`${what} ${advice ?? "Try again later."}`, { passes: advice === undefined, cause: error });
}

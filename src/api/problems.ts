import type { Problem } from "../sdk/problem.ts";

/** AppFlow's exceptions, and those that every AWS service has, with their HTTP status. */
export const ERROR_STATUS = {
  ValidationException: 400,
  ConnectorServerException: 400,
  UnsupportedOperationException: 400,
  ConnectorAuthenticationException: 401,
  ServiceQuotaExceededException: 402,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ConflictException: 409,
  ThrottlingException: 429,
  InternalServerException: 500,
  MissingAuthenticationToken: 403,
  InvalidSignatureException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  IncompleteSignature: 400,
  SerializationException: 400,
  UnknownOperationException: 404,
  RequestEntityTooLargeException: 413,
} as const;

export type ErrorName = keyof typeof ERROR_STATUS;

/** An answer to the caller other than success. The message is for the caller to read. */
export class ApiError extends Error {
  readonly code: ErrorName;

  constructor(code: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ApiError";
    this.code = code;
  }
}

/** The answer for an error, in the form that the SDKs read: the name in a header and in `__type`. */
export function errorResponse(error: ApiError): Response {
  return Response.json(
    { message: error.message, __type: error.code },
    { status: ERROR_STATUS[error.code], headers: { "x-amzn-ErrorType": error.code } },
  );
}

/** A problem as a sentence; the service's own words come first. */
export function textOf({ path, message, remedy, known }: Problem): string {
  const ours = `${path}: ${message}${remedy === undefined ? "" : ` — ${remedy}`}`;
  return known === undefined ? ours : `${known} — ${ours}`;
}

/** Joins the sentences about a request; a request of a thousand mistakes gets the first hundred. */
export function joinSentences(sentences: readonly string[], separator: string): string {
  const listed = sentences.slice(0, MAX_SENTENCES);
  if (sentences.length > MAX_SENTENCES) listed.push(`and ${sentences.length - MAX_SENTENCES} more`);
  return listed.join(separator);
}

const MAX_SENTENCES = 100;

import { TooLargeError } from "../store/too-large-error.ts";
import type { Caller, SignedRequest } from "./authenticate.ts";
import type { ApiContext, Called } from "./context.ts";
import type { Operation } from "./operation-table.ts";
import { ApiError, type ErrorName, errorResponse } from "./problems.ts";
import { readBody, readJson } from "./read-json.ts";
import { matchRoute } from "./route.ts";
import { isObject } from "./tolerate.ts";

export interface RouterPorts<Context extends ApiContext = ApiContext> {
  /** There are no others. */
  readonly operations: readonly Operation<Context & Called>[];
  readonly context: Context;
  readonly authenticate: (request: SignedRequest) => Promise<Caller>;
  /** Told of every error that the caller is not told of. */
  readonly report: (error: unknown, about: { readonly requestId: string; readonly path: string }) => void;
}

/**
 * Answers requests, each of the caller who is given, or else of whoever signed it. It never fails: whatever goes wrong
 * becomes an error response.
 */
export function createRouter<Context extends ApiContext>(
  ports: RouterPorts<Context>,
): (request: Request, caller?: Caller) => Promise<Response> {
  return async (request, caller) => {
    const requestId = ports.context.id();
    const response = await answer(request, caller, ports).catch((error: unknown) => {
      if (error instanceof ApiError) return errorResponse(error);
      ports.report(error, { requestId, path: new URL(request.url).pathname });
      return errorResponse(
        new ApiError("InternalServerException", `An internal error occurred; the log has it under ${requestId}.`),
      );
    });
    response.headers.set("x-amzn-RequestId", requestId);
    return response;
  };
}

async function answer<Context extends ApiContext>(
  request: Request,
  known: Caller | undefined,
  { operations, context, authenticate }: RouterPorts<Context>,
): Promise<Response> {
  const url = new URL(request.url);
  const body = await readBody(request);
  const caller = known ?? (await authenticate({ method: request.method, url, headers: request.headers, body }));

  const { operation, parameters } = findOperation(request.method, url, operations);
  authorize(operation, caller);
  const json = readJson(body);
  const input = isObject(json) ? { ...json, ...parameters } : json;
  try {
    return Response.json(await operation.run(input, { ...context, caller, operation: operation.name }));
  } catch (error) {
    if (error instanceof ApiError) throw modelled(operation, error);
    if (error instanceof TooLargeError) throw modelled(operation, tooLarge(error));
    throw error;
  }
}

function findOperation<Of>(method: string, url: URL, operations: readonly Operation<Of>[]) {
  for (const operation of operations) {
    const parameters = operation.method === method ? matchRoute(operation.path, url) : undefined;
    if (parameters !== undefined) return { operation, parameters };
  }
  throw new ApiError("UnknownOperationException", `There is no operation ${method} ${url.pathname}.`);
}

function authorize(operation: Pick<Operation, "name" | "access">, caller: Caller): void {
  if (operation.access === "read" || caller.access === "full") return;
  throw new ApiError(
    "AccessDeniedException",
    `User: ${caller.arn} is not authorized to perform: appflow:${operation.name} with a read-only access key`,
  );
}

function tooLarge(error: TooLargeError): ApiError {
  return new ApiError("ValidationException", error.message, { cause: error });
}

/**
 * Some operations know no ValidationException: there, a name that cannot exist is a name that does not exist. What a
 * caller may not do is no matter of the operation's model. Any other error beside the model is a defect of the operation.
 */
function modelled(operation: Pick<Operation, "name" | "errors">, error: ApiError): unknown {
  if (operation.errors.includes(error.code) || OF_ALL.includes(error.code)) return error;
  if (error.code === "ValidationException" && operation.errors.includes("ResourceNotFoundException")) {
    return new ApiError("ResourceNotFoundException", error.message, { cause: error });
  }
  return new Error(`${operation.name} failed with ${error.code}, which is not in its model`, { cause: error });
}

const OF_ALL: readonly ErrorName[] = ["SerializationException", "AccessDeniedException"];

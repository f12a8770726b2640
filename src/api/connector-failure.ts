import { ConnectorFunctionError } from "../connection/connector-function.ts";
import { CONNECTOR_ERRORS, ConnectorError } from "../sdk/connector-error.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import { ApiError } from "./problems.ts";

/**
 * The service's exception for what went wrong between the engine and a connector; an error that is none of a connector's
 * comes back as it is. The words at the start are the service's.
 */
export function connectorFailure(error: unknown): unknown {
  if (!isConnectorFailure(error)) return error;
  if (isMissingBucket(error)) return new ApiError("ResourceNotFoundException", error.message, { cause: error });
  return isDenial(error)
    ? new ApiError("ConnectorAuthenticationException", `Error while authenticating to connector: ${error.message}`, {
        cause: error,
      })
    : new ApiError("ConnectorServerException", `Error while communicating to connector: ${error.message}`, {
        cause: error,
      });
}

/** The same where a function is asked for the first time: whoever named it can do something about it. */
export function registrationFailure(error: unknown): unknown {
  if (error instanceof ConnectorFunctionError && error.code === "NotFound") {
    return new ApiError("ResourceNotFoundException", error.message, { cause: error });
  }
  if (error instanceof ConnectorFunctionError && error.code === "AccessDenied") {
    return new ApiError("AccessDeniedException", error.message, { cause: error });
  }
  if (error instanceof ConnectorError && error.code === "RateLimitExceeded") {
    return new ApiError("ThrottlingException", error.message, { cause: error });
  }
  return connectorFailure(error);
}

type ConnectorFailure = ConnectorError | ConnectorFunctionError | ObjectStoreError;

function isConnectorFailure(error: unknown): error is ConnectorFailure {
  return [ConnectorError, ConnectorFunctionError, ObjectStoreError].some((kind) => error instanceof kind);
}

function isMissingBucket(error: ConnectorFailure): boolean {
  return error instanceof ObjectStoreError && error.code === "NoSuchBucket";
}

/** The system that the connector speaks to has refused, not the connector's function. */
function isDenial(error: ConnectorFailure): boolean {
  if (error instanceof ConnectorError) return CONNECTOR_ERRORS[error.code].fault === "credentials";
  return error instanceof ObjectStoreError && error.code === "AccessDenied";
}

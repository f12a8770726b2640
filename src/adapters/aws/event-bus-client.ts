import { EventBridgeClient } from "@aws-sdk/client-eventbridge";

export interface EventBusClientOptions {
  readonly region: string;
  /** Of a server that is compatible with EventBridge, such as `http://127.0.0.1:5000`; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
}

/** A client with the credentials that the process finds (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). */
export function createEventBusClient({ region, endpoint }: EventBusClientOptions): EventBridgeClient {
  return new EventBridgeClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    // An event that is sent again is told twice, which listeners have to expect.
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

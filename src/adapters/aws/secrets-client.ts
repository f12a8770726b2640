import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

export interface SecretsClientOptions {
  readonly region: string;
  /** Of a server that is compatible with Secrets Manager, such as `http://127.0.0.1:5000`; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
}

/** A client with the credentials that the process finds (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). */
export function createSecretsClient({ region, endpoint }: SecretsClientOptions): SecretsManagerClient {
  return new SecretsManagerClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    // What is sent again is the same request with the same token.
    maxAttempts: 6,
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    },
  });
}

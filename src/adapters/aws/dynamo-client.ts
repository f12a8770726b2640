import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export interface DynamoClientOptions {
  readonly region: string;
  /** Of a server that is compatible with DynamoDB, such as `http://127.0.0.1:8000`; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
}

/** A client with the credentials that the process finds (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). */
export function createDynamoClient({ region, endpoint }: DynamoClientOptions): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    // What is sent again is the same request with the same token: DynamoDB carries it out once.
    maxAttempts: 6,
    requestHandler: {
      connectionTimeout: 2_000,
      // An answer takes milliseconds; what takes longer is lost, and is asked for again.
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
    },
  });
  const documents = DynamoDBDocumentClient.from(client);
  // It leaves the connections to whoever made the client inside.
  documents.destroy = () => client.destroy();
  return documents;
}

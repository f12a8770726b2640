import { SchedulerClient } from "@aws-sdk/client-scheduler";

export interface SchedulerClientOptions {
  readonly region: string;
  /** Of a server that is compatible with EventBridge Scheduler, such as `http://127.0.0.1:5000`; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
}

/** A client with the credentials that the process finds (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). */
export function createSchedulerClient({ region, endpoint }: SchedulerClientOptions): SchedulerClient {
  return new SchedulerClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    // What is sent again leaves the schedule as it is asked for, once or twice.
    maxAttempts: 6,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

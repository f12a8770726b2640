import type { Context } from "aws-lambda";
import { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoStores } from "../adapters/aws/dynamo-stores.ts";
import { readWorkerConfig } from "../config.ts";
import type { SliceName } from "../run/orchestrate-slices.ts";
import { createTransferSlice } from "../run/transfer-slice.ts";
import type { WorkedSlice } from "../run/work-slice.ts";
import { entryOfAttempt } from "../telemetry/log-entry.ts";
import { writeLog } from "./log.ts";
import { openWorker } from "./open-worker.ts";

const config = readWorkerConfig();
const { dynamoEndpoint: endpoint, place, table } = config;
const stores = createDynamoStores(createDynamoClient({ region: place.region, endpoint }), table);
const transfer = createTransferSlice(openWorker(config, stores));

/** Time to finish the batch in hand, to send what is left of its files, and to register them. */
const FINISH_MS = 120_000;

/** Works on a slice of a run, and lets go of it before its time is up: `stopped` asks for another call. */
export function handler(slice: SliceName, context: Pick<Context, "getRemainingTimeInMillis">): Promise<WorkedSlice> {
  return transfer(slice, {
    signal: NEVER,
    shouldStop: () => context.getRemainingTimeInMillis() < FINISH_MS,
    attemptFailed: (failed) => writeLog(entryOfAttempt(slice.flow, slice.runId, failed, Date.now())),
  });
}

/** Whoever cancels a run writes it down, and its item is looked at twice a second. */
const NEVER = new AbortController().signal;

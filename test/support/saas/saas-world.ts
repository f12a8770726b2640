import { randomUUID } from "node:crypto";
import {
  type AppflowClient,
  CreateConnectorProfileCommand,
  type CreateConnectorProfileCommandInput,
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DescribeFlowExecutionRecordsCommand,
  type ExecutionRecord,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import { parquetReadObjects } from "hyparquet";
import { connectors } from "../../../connectors/index.ts";
import { createConnect } from "../../../src/connection/open-connection.ts";
import { executeRun } from "../../../src/run/execute-run.ts";
import type { RunControl } from "../../../src/run/execute-run.ts";
import { startDueRun } from "../../../src/run/start-due-run.ts";
import { createHttpClient } from "../../../src/sdk/http/create-http-client.ts";
import { type ServedApp, serveApp } from "../appflow-client.ts";
import { MemoryObjectStore } from "../memory-object-store.ts";
import { memoryScratch } from "../memory-scratch.ts";
import { type StandIn, throughStandIn } from "./stand-in.ts";

/** Flows from a stand-in into Parquet, made through the official client, with time that passes when somebody waits. */
export interface SaasWorld extends AsyncDisposable {
  readonly app: ServedApp["app"];
  readonly client: AppflowClient;
  createProfile(input: Omit<CreateConnectorProfileCommandInput, "connectionMode">): Promise<void>;
  /** A flow of all fields into Parquet with types; `changes` to the request. */
  createFlow(flowName: string, changes: Partial<CreateFlowCommandInput>): Promise<void>;
  /** Starts an on-demand flow and carries its run out. */
  start(flowName: string, control?: Partial<RunControl>): Promise<ExecutionRecord>;
  /** Goes on with a run that was let go of. */
  resume(flowName: string, executionId: string, control?: Partial<RunControl>): Promise<ExecutionRecord>;
  /** Time passes, the flow is due, and its run is carried out. */
  tick(flowName: string, milliseconds: number): Promise<ExecutionRecord>;
  /** The keys of what was written since the last call of `takeRecords`. */
  files(): readonly string[];
  /** All records that were written since the last call. */
  takeRecords(): Promise<Record<string, unknown>[]>;
}

export async function openSaasWorld(standIn: StandIn): Promise<SaasWorld> {
  const { now, wait } = standIn.time;
  const objects = new MemoryObjectStore(["lake", "staging"]);
  objects.now = now;
  const http = createHttpClient({ allowed: new Set([standIn.origin]) });
  // Signatures are of the real time.
  const served = await serveApp({
    ports: { now, wait, openObjects: async () => objects, send: throughStandIn(standIn, http.send) },
    connectors,
    config: { callers: "anyone" },
  });
  const { app, client } = served;

  const execute = async (flow: string, runId: string, control: Partial<RunControl> = {}): Promise<ExecutionRecord> => {
    const ports = {
      ...app.ports,
      wait,
      objects,
      connectors: new Map(connectors.map((connector) => [connector.type, connector])),
      // As another process has it, which knows nothing of earlier runs.
      connect: createConnect({ ...app.ports, wait, connectors, id: randomUUID, chance: () => 0.5 }),
      openScratch: () => Promise.resolve(memoryScratch()),
      stagingBucket: "staging",
    };
    await executeRun(flow, runId, ports, {
      signal: new AbortController().signal,
      shouldStop: () => false,
      ...control,
    });
    const answer = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: flow }));
    return answer.flowExecutions!.find(({ executionId }) => executionId === runId)!;
  };

  const files = () => objects.keys("lake").filter((key) => !key.startsWith("_millrace/"));

  return {
    app,
    client,
    async createProfile(input) {
      await client.send(new CreateConnectorProfileCommand({ connectionMode: "Public", ...input }));
    },
    async createFlow(flowName, changes) {
      const s3OutputFormatConfig = { fileType: "PARQUET", preserveSourceDataTyping: true } as const;
      await client.send(
        new CreateFlowCommand({
          flowName,
          triggerConfig: { triggerType: "OnDemand" },
          sourceFlowConfig: undefined,
          destinationFlowConfigList: [
            {
              connectorType: "S3",
              destinationConnectorProperties: { S3: { bucketName: "lake", s3OutputFormatConfig } },
            },
          ],
          tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: {} }],
          ...changes,
        }),
      );
    },
    async start(flowName, control) {
      const { executionId } = await client.send(new StartFlowCommand({ flowName }));
      return execute(flowName, executionId!, control);
    },
    resume: execute,
    async tick(flowName, milliseconds) {
      standIn.time.pass(milliseconds);
      const due = await startDueRun(flowName, now(), app.ports);
      if (due.state !== "started") throw new Error(`The flow is not due: ${due.state}.`);
      return execute(flowName, due.runId);
    },
    files,
    async takeRecords() {
      const records: Record<string, unknown>[] = [];
      for (const key of files()) {
        const bytes = objects.bytes("lake", key);
        const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
        for (const record of await parquetReadObjects({ file })) records.push(record);
        await objects.delete("lake", key);
      }
      return records;
    },
    async [Symbol.asyncDispose]() {
      await served.close();
      await http.close();
    },
  };
}

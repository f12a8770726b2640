import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openTelemetry } from "../../../src/adapters/telemetry/open-telemetry.ts";
import { carryOut, worldOf } from "../../support/durable-world.ts";
import { startServer } from "../../support/http-server.ts";
import type { TestServer } from "../../support/http-server.ts";

describe("a run's spans", () => {
  let collector: TestServer;
  let status: number;
  let sent: { readonly path: string; readonly body: Sent }[];

  beforeEach(async () => {
    [status, sent] = [200, []];
    collector = await startServer((request, response) => {
      void collect(request, response);
    });
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.origin);
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "team=data");
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await collector[Symbol.asyncDispose]();
  });

  const collect = async (request: IncomingMessage, response: ServerResponse) => {
    sent.push({ path: `${request.method} ${request.url}`, body: (await json(request)) as Sent });
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  };

  /** The spans of a run over two objects, or over none that can be read, as the collector gets them. */
  const spansOf = async (text?: string): Promise<readonly SentSpan[]> => {
    const world = await worldOf(2);
    if (text !== undefined) {
      for (const key of world.objects.keys("in")) await world.objects.put("in", key, Buffer.from(text));
    }
    const telemetry = openTelemetry((error) => {
      throw error;
    });
    await carryOut(world, { width: 1, control: { span: telemetry.span } });
    await telemetry.close();
    return sent.flatMap(({ body }) => body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans[0]!.spans));
  };

  it("are sent to the collector that the environment names, in one trace", async () => {
    const spans = await spansOf();

    expect(sent.map(({ path }) => path)).toEqual(["POST /v1/traces"]);
    const run = spans.find(({ name }) => name === "run")!;
    expect(attributesOf(run)).toMatchObject({
      "millrace.flow": "flow",
      "millrace.run": "run",
      "millrace.state": "published",
      "millrace.records": 2,
    });
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ["plan", run.spanId],
      ["slice", run.spanId],
      ["slice", run.spanId],
      ["decide", run.spanId],
      ["publish", run.spanId],
      ["run", undefined],
    ]);
    expect(spans.filter(({ status: { code } }) => code === ERROR)).toEqual([]);
    const { attributes } = sent[0]!.body.resourceSpans[0]!.resource;
    expect(attributesOf({ attributes })).toMatchObject({ "service.name": "millrace", team: "data" });
  });

  it("say that a run has failed, and why", async () => {
    const spans = await spansOf('id,text\n1,"broken\n');

    const run = spans.find(({ name }) => name === "run")!;
    expect(run.status).toEqual({
      code: ERROR,
      message: "Every record was rejected. The error files say why, record by record.",
    });
  });

  it("that cannot be sent are dropped, and that is told", async () => {
    status = 400;
    const reports: unknown[] = [];
    const telemetry = openTelemetry((error) => void reports.push(error));

    await expect(telemetry.span.part("run", {}, () => Promise.reject(new Error("no luck")))).rejects.toThrow("no luck");
    await telemetry.close();

    expect(String(reports[0])).toContain("Bad Request");
  });
});

const ERROR = 2;

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly SentAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly SentAttribute[];
  readonly status: { readonly code: number; readonly message?: string };
}

interface SentAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number>>;
}

function attributesOf({ attributes }: Pick<SentSpan, "attributes">): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]!]));
}

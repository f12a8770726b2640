import { context, diag, DiagLogLevel, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Context, Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Span, SpanAttributes } from "../../run/span.ts";

export interface OpenTelemetry {
  /** Every part of it is a trace of its own. */
  readonly span: Span;
  /** Sends what is measured, and measures no more. Never fails. */
  close(): Promise<void>;
}

/**
 * Sends spans to the collector that the standard variables name: OTEL_EXPORTER_OTLP_*, OTEL_SERVICE_NAME and
 * OTEL_RESOURCE_ATTRIBUTES (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/), which the SDK
 * reads. What cannot be sent is dropped; `report` is told why.
 */
export function openTelemetry(report: (error: unknown) => void): OpenTelemetry {
  const ignore = () => undefined;
  const error = (message: string) => report(new Error(`OpenTelemetry: ${message}`));
  diag.setLogger({ error, warn: ignore, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.ERROR);
  const own = resourceFromAttributes({ "service.name": "millrace" });
  const provider = new TracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  return {
    // Of the whole nothing is measured: there is only what is within.
    span: { part: partsOf(provider.getTracer("millrace"), context.active()), note: ignore },
    close: () => provider.shutdown().catch(report),
  };
}

function partsOf(tracer: Tracer, within: Context): Span["part"] {
  return async (name, attributes, work) => {
    const span = tracer.startSpan(name, { attributes: named(attributes) }, within);
    const fail = (message: string) => span.setStatus({ code: SpanStatusCode.ERROR, message });
    try {
      return await work({
        part: partsOf(tracer, trace.setSpan(within, span)),
        note(more, failure) {
          span.setAttributes(named(more));
          if (failure !== undefined) fail(failure);
        },
      });
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      span.end();
    }
  };
}

function named(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`millrace.${name}`, value]));
}

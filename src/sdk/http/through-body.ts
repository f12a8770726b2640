import type { HttpAnswer } from "./dispatch.ts";

export interface BodyWatch {
  /** Gives the next chunk, which `pull` gets from the peer; undefined at the end. What it throws ends the body. */
  readonly next: (pull: () => Promise<Uint8Array | undefined>) => Promise<Uint8Array | undefined>;
  /** Called once, when the body has ended, failed or been cancelled. */
  readonly end?: () => void;
}

/** The same answer, whose body is watched. It is read as fast as it is asked for, no faster. */
export function throughBody(answer: HttpAnswer, { next, end = () => {} }: BodyWatch): HttpAnswer {
  const reader = answer.body.getReader();
  const pull = async () => (await reader.read()).value;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await next(pull);
          if (chunk !== undefined) return controller.enqueue(chunk);
          end();
          controller.close();
        } catch (error) {
          end();
          reader.cancel(error).catch(() => {});
          throw error;
        }
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { ...answer, body };
}

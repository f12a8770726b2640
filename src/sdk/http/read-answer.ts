import type { HttpAnswer } from "./dispatch.ts";

/** The whole body. Its size is bounded by the client. */
export async function readText({ body }: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

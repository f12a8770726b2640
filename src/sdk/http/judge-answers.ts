import type { Json, JsonObject } from "../json.ts";
import type { Redact } from "../redact.ts";
import { answerError } from "./answer-error.ts";
import type { HttpAnswer, Interceptor } from "./dispatch.ts";
import type { HttpSheet } from "./http-sheet.ts";
import { peekBody } from "./peek-body.ts";

/** Errors are short. What is longer is data, or is quoted in part. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface JudgeOptions {
  readonly sheet: HttpSheet;
  /** Knows the credentials that are in use. */
  readonly redact: Redact;
  readonly now: () => number;
}

/** Makes a `ConnectorError` of every answer that is none, by the vendor's own rules first and by the status else. */
export function judgeAnswers({ sheet, redact, now }: JudgeOptions): Interceptor {
  return (dispatch) => async (request) => {
    const answer = await dispatch(request);
    const isSuccess = answer.status >= 200 && answer.status < 300;
    if (isSuccess && sheet.hidesErrors !== true) return answer;
    const { start, isWhole, body } = await peekBody(answer.body, MAX_ERROR_BYTES);
    const text = Buffer.from(start).toString();
    const json = isWhole ? parse(text) : {};
    const judgement = sheet.judge?.({ status: answer.status, headers: answer.headers, json, text });
    const passed: HttpAnswer = { ...answer, body };
    if (judgement === "fine" || (judgement === undefined && isSuccess)) return passed;
    await body.cancel();
    throw answerError(passed, isWhole ? text : "", { redact, now: now(), ...judgement });
  };
}

/** An empty object for what is no JSON object. */
function parse(text: string): JsonObject {
  try {
    const json = JSON.parse(text) as Json;
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as JsonObject) : {};
  } catch {
    return {};
  }
}

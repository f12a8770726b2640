import type { Json } from "../sdk/json.ts";
import { ApiError, joinSentences, textOf } from "./problems.ts";
import type { InputOf, StructureShape } from "./shape.ts";
import { tolerate } from "./tolerate.ts";
import { type Fault, problemOf, sentenceOf, validate } from "./validate.ts";

/** The input of an operation. Fails with everything that is wrong with it. */
export function readInput<S extends StructureShape>(
  shape: S,
  body: Json,
  { strict }: { readonly strict: boolean },
): InputOf<S> {
  const input = tolerate(shape, body, strict);
  const faults = validate(shape, input);
  if (faults.length > 0) throw inputError(faults, []);
  return input as InputOf<S>;
}

/** The service's exception for an input that has not its shape. `more` are sentences about what else is wrong with it. */
export function inputError(faults: readonly Fault[], more: readonly string[]): ApiError {
  const types = faults.filter((fault) => fault.kind === "type").map((fault) => textOf(problemOf(fault)));
  if (types.length > 0) return new ApiError("SerializationException", joinSentences(types, "; "));

  const constraints = faults.filter((fault) => fault.kind === "constraint").map(sentenceOf);
  const sentences = [...constraints, ...more];
  const count = `${sentences.length} validation error${sentences.length === 1 ? "" : "s"} detected`;
  return new ApiError("ValidationException", `${count}: ${joinSentences(sentences, "; ")}`);
}

import type { Json } from "../sdk/connector.ts";
import { ApiError, joinSentences, textOf } from "./problems.ts";
import type { InputOf, StructureShape } from "./shape.ts";
import { tolerate } from "./tolerate.ts";
import { type ConstraintFault, problemOf, sentenceOf, validate } from "./validate.ts";

/** The input of an operation. Fails with everything that is wrong with it. */
export function readInput<S extends StructureShape>(shape: S, body: Json): InputOf<S> {
  const { input, faults } = readLoosely(shape, body);
  if (faults.length > 0) throw validationErrors(faults.map(sentenceOf));
  return input;
}

/**
 * The input of an operation, and where it breaks a constraint of its shape: a required member may be missing in spite of
 * the type. Fails only when something is not of its JSON type.
 */
export function readLoosely<S extends StructureShape>(
  shape: S,
  body: Json,
): { readonly input: InputOf<S>; readonly faults: readonly ConstraintFault[] } {
  const canonical = tolerate(shape, body);
  const faults = validate(shape, canonical);
  const types = faults.filter((fault) => fault.kind === "type").map(problemOf);
  if (types.length > 0) throw new ApiError("SerializationException", joinSentences(types.map(textOf), "; "));
  return { input: canonical as InputOf<S>, faults: faults.filter((fault) => fault.kind === "constraint") };
}

export function validationErrors(sentences: readonly string[]): ApiError {
  const count = `${sentences.length} validation error${sentences.length === 1 ? "" : "s"} detected`;
  return new ApiError("ValidationException", `${count}: ${joinSentences(sentences, "; ")}`);
}

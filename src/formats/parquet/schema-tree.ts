import type { FieldType } from "../../batch/field-type.ts";
import { FormatError } from "../format.ts";
import { leafType } from "./leaf-type.ts";
import type { LeafType } from "./leaf-type.ts";
import { Repetition } from "./parquet-types.ts";
import type { SchemaElement } from "./schema-element.ts";

/** A node of the schema: a group, or a leaf, whose values have a column of their own. */
export interface SchemaNode {
  readonly element: SchemaElement;
  /** A value whose definition level is lower is null, or its list is empty, here or further up. */
  readonly definition: number;
  /** How many repeated nodes there are from the root to here, this one included. */
  readonly repetition: number;
  readonly children: readonly SchemaNode[];
  readonly leaf: Leaf | undefined;
}

export interface Leaf {
  /** Its place among the leaves: the place of its chunk in every row group. */
  readonly index: number;
  /** What messages call it: `Owner.Name`. */
  readonly path: string;
  readonly physical: number;
  readonly typeLength: number;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  readonly type: LeafType;
}

/** Deeper schemas are refused; the levels of this many fit a byte many times over. */
const MAX_DEPTH = 64;

/** The children of the schema's root: the record's fields, in the order of the file. */
export function buildSchema(elements: readonly SchemaElement[]): readonly SchemaNode[] {
  const root = elements[0];
  if (root === undefined) throw new FormatError("the schema is empty");
  const walk: Walk = { elements, next: 1, leaves: 0 };
  const fields = buildChildren(walk, root.children, { definition: 0, repetition: 0, path: [] });
  if (walk.next !== elements.length) throw new FormatError("the schema has elements that belong to no group");
  return fields;
}

/** The leaves of a node, in the file's order. */
export function leavesOf(node: SchemaNode): readonly Leaf[] {
  return node.leaf === undefined ? node.children.flatMap(leavesOf) : [node.leaf];
}

/** True for a field that is one value or null; any other is nested, and becomes JSON text. */
export function isFlat(node: SchemaNode): node is SchemaNode & { readonly leaf: Leaf } {
  return node.leaf !== undefined && node.repetition === 0;
}

/** The type under which a field is decoded. */
export function typeOf(field: SchemaNode): FieldType {
  return isFlat(field) ? field.leaf.type.fieldType : { name: "json" };
}

interface Walk {
  readonly elements: readonly SchemaElement[];
  next: number;
  leaves: number;
}

interface Place {
  readonly definition: number;
  readonly repetition: number;
  readonly path: readonly string[];
}

function buildChildren(walk: Walk, count: number, place: Place): readonly SchemaNode[] {
  const children: SchemaNode[] = [];
  for (let i = 0; i < count; i++) children.push(buildNode(walk, place));
  return children;
}

function buildNode(walk: Walk, parent: Place): SchemaNode {
  const element = walk.elements[walk.next++];
  if (element === undefined) throw new FormatError("the schema ends inside a group");
  if (parent.path.length === MAX_DEPTH) throw new FormatError(`the schema nests deeper than ${MAX_DEPTH} levels`);
  const place = {
    definition: parent.definition + (element.repetition === Repetition.REQUIRED ? 0 : 1),
    repetition: parent.repetition + (element.repetition === Repetition.REPEATED ? 1 : 0),
    path: [...parent.path, element.name],
  };
  const { definition, repetition } = place;
  if (element.physical === undefined) {
    if (element.children === 0) throw new FormatError(`the group \`${place.path.join(".")}\` has no fields`);
    const children = buildChildren(walk, element.children, place);
    return { element, definition, repetition, children, leaf: undefined };
  }
  return { element, definition, repetition, children: [], leaf: buildLeaf(walk, element, place) };
}

function buildLeaf(walk: Walk, element: SchemaElement, place: Place): Leaf {
  const path = place.path.join(".");
  return {
    index: walk.leaves++,
    path,
    physical: element.physical!,
    typeLength: element.typeLength,
    maxDefinition: place.definition,
    maxRepetition: place.repetition,
    type: leafType(element, path),
  };
}

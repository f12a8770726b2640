import type { RejectCode } from "../../batch/batch.ts";
import type { ByteWriter } from "../../batch/byte-writer.ts";
import type { NestedLeaf } from "./nested-leaf.ts";
import { ConvertedType, LogicalType, Repetition } from "./parquet-types.ts";
import type { Leaf, SchemaNode } from "./schema-tree.ts";

/**
 * Writes the value that a node of the schema has in the record at which its leaves stand, as JSON, and passes the entries
 * that make it up. How levels spell nested values: https://parquet.apache.org/docs/file-format/nestedencoding/.
 */
export interface Shape {
  readonly leaves: readonly NestedLeaf[];
  write(out: ByteWriter): void;
}

/** Called after each element of a list: throws when the record has become too long. */
export type CheckLength = (out: ByteWriter) => void;

/** Thrown while a record is written that cannot be. */
export class UnwritableRecord extends Error {
  readonly code: RejectCode;

  constructor(code: RejectCode, message: string) {
    super(message);
    this.code = code;
  }
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The shape of a field. `leafOf` knows who collects the entries of each leaf. */
export function createShape(node: SchemaNode, leafOf: (leaf: Leaf) => NestedLeaf, check: CheckLength): Shape {
  return shapeOf(node);

  function shapeOf(child: SchemaNode): Shape {
    // A repeated node that is nobody's element is a list that is never null.
    if (child.element.repetition !== Repetition.REPEATED) return contentOf(child);
    return listShape(child.definition - 1, child, contentOf(child), check);
  }

  /** What a node holds, once if it is repeated. */
  function contentOf(group: SchemaNode): Shape {
    if (group.leaf !== undefined) return valueShape(leafOf(group.leaf), group.definition);
    const repeated = repeatedChild(group);
    if (repeated === undefined) return structOf(group);
    const [key, value] = repeated.children;
    if (isMap(group) && key?.leaf !== undefined && repeated.children.length <= 2) {
      const keys = keyShape(leafOf(key.leaf), key.definition);
      return mapShape(group.definition, repeated, keys, value && shapeOf(value), check);
    }
    if (!isList(group) && !isMap(group)) return structOf(group);
    return listShape(group.definition, repeated, elementOf(group, repeated), check);
  }

  /** https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules */
  function elementOf(list: SchemaNode, repeated: SchemaNode): Shape {
    const [only] = repeated.children;
    const isElement =
      only === undefined ||
      repeated.children.length > 1 ||
      only.element.repetition === Repetition.REPEATED ||
      isList(repeated) ||
      isMap(repeated) ||
      repeated.element.name === "array" ||
      repeated.element.name === `${list.element.name}_tuple`;
    return isElement ? contentOf(repeated) : shapeOf(only);
  }

  function structOf(group: SchemaNode): Shape {
    return structShape(
      group.definition,
      group.children.map((child) => [child.element.name, shapeOf(child)]),
    );
  }
}

function repeatedChild(group: SchemaNode): SchemaNode | undefined {
  const [child] = group.children;
  const isOnly = group.children.length === 1 && child?.element.repetition === Repetition.REPEATED;
  return isOnly ? child : undefined;
}

function isList({ element }: SchemaNode): boolean {
  return element.logical?.id === LogicalType.LIST || element.converted === ConvertedType.LIST;
}

function isMap({ element }: SchemaNode): boolean {
  const { logical, converted } = element;
  return (
    logical?.id === LogicalType.MAP || converted === ConvertedType.MAP || converted === ConvertedType.MAP_KEY_VALUE
  );
}

function valueShape(leaf: NestedLeaf, definition: number): Shape {
  return {
    leaves: [leaf],
    write(out) {
      if (leaf.definition < definition) writeText(out, "null");
      else leaf.write(out);
      leaf.pass();
    },
  };
}

function keyShape(leaf: NestedLeaf, definition: number): Shape {
  return {
    leaves: [leaf],
    write(out) {
      if (leaf.definition < definition) throw new UnwritableRecord("MalformedRecord", "A map has a key that is null.");
      leaf.write(out);
      leaf.pass();
    },
  };
}

function structShape(definition: number, members: readonly (readonly [name: string, shape: Shape])[]): Shape {
  const leaves = members.flatMap(([, shape]) => shape.leaves);
  const keys = members.map(([name], m) => Buffer.from(`${m === 0 ? "{" : ","}${JSON.stringify(name)}:`));
  return {
    leaves,
    write(out) {
      if (leaves[0]!.definition < definition) return writeInstead(out, "null", leaves);
      for (const [m, [, shape]] of members.entries()) {
        out.append(keys[m]!);
        shape.write(out);
      }
      writeByte(out, CLOSE_BRACE);
    },
  };
}

function listShape(definition: number, repeated: SchemaNode, element: Shape, check: CheckLength): Shape {
  const { leaves } = element;
  const first = leaves[0]!;
  return {
    leaves,
    write(out) {
      if (first.definition < definition) return writeInstead(out, "null", leaves);
      if (first.definition < repeated.definition) return writeInstead(out, "[]", leaves);
      writeByte(out, OPEN_BRACKET);
      do {
        element.write(out);
        writeByte(out, COMMA);
        check(out);
      } while (first.continuesAt(repeated.repetition));
      out.bytes[out.length - 1] = CLOSE_BRACKET;
    },
  };
}

/** A map becomes an object. A key that is no text becomes the text that it is written as; a key may come twice. */
function mapShape(
  definition: number,
  repeated: SchemaNode,
  key: Shape,
  value: Shape | undefined,
  check: CheckLength,
): Shape {
  const leaves = [...key.leaves, ...(value?.leaves ?? [])];
  const first = leaves[0]!;
  return {
    leaves,
    write(out) {
      if (first.definition < definition) return writeInstead(out, "null", leaves);
      if (first.definition < repeated.definition) return writeInstead(out, "{}", leaves);
      writeByte(out, OPEN_BRACE);
      do {
        writeKey(out, key);
        writeByte(out, COLON);
        if (value === undefined) writeText(out, "null");
        else value.write(out);
        writeByte(out, COMMA);
        check(out);
      } while (first.continuesAt(repeated.repetition));
      out.bytes[out.length - 1] = CLOSE_BRACE;
    },
  };
}

function writeKey(out: ByteWriter, key: Shape): void {
  const start = out.length;
  writeByte(out, QUOTE);
  key.write(out);
  if (out.bytes[start + 1] !== QUOTE) return writeByte(out, QUOTE);
  // The key is quoted already.
  out.bytes.copyWithin(start, start + 1, out.length);
  out.length--;
}

/** Writes the text of what has no members; each leaf has one entry that says so. */
function writeInstead(out: ByteWriter, text: string, leaves: readonly NestedLeaf[]): void {
  writeText(out, text);
  for (const leaf of leaves) leaf.pass();
}

function writeText(out: ByteWriter, text: string): void {
  out.reserve(text.length);
  out.length += out.bytes.latin1Write(text, out.length);
}

function writeByte(out: ByteWriter, byte: number): void {
  out.reserve(1);
  out.bytes[out.length++] = byte;
}

import { appendText, readCellText, SAFE, stringKind, text } from "./cell-text.ts";
import { parseConcatFormat } from "./concat-format.ts";
import type { FieldMaker } from "./field-maker.ts";
import type { MergeTask } from "./task.ts";
import { joinFlags, textFlags } from "./text-flags.ts";

/** Joins the texts of fields. Null and missing values are empty text, so the result is never null. */
export function compileMerge({ fields, format }: MergeTask): FieldMaker {
  const parts = parseConcatFormat(format, fields).map((part) => (typeof part === "number" ? part : literalOf(part)));
  return {
    make(columns, selection, count, builder) {
      const { out } = builder;
      for (let i = 0; i < count; i++) {
        const record = selection[i]!;
        const start = out.length;
        let flags = SAFE;
        for (const part of parts) {
          if (typeof part !== "number") {
            out.append(part.bytes);
            flags = joinFlags(flags, part.flags);
          } else if (readCellText(columns[part]!, record)) {
            appendText(out, text.start, text.end);
            flags = joinFlags(flags, text.flags);
          }
        }
        builder.setSpan(record, stringKind(out, start, flags), start);
      }
      return 0;
    },
  };
}

function literalOf(literal: string): { readonly bytes: Buffer; readonly flags: number } {
  const bytes = Buffer.from(literal);
  return { bytes, flags: textFlags(bytes) };
}

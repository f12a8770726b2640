// Node's Buffer has these methods, and `toString` and `write` end in them; its type declarations leave them out.
// Called directly they cost half as much on short spans, which is what a span engine has most of.
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  utf8Slice(start?: number, end?: number): string;
  base64Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset?: number, length?: number): number;
  utf8Write(text: string, offset?: number, length?: number): number;
}

/* The bytes that mean something in JSON. */

export const TAB = 9;
export const NEWLINE = 10;
export const RETURN = 13;
export const BLANK = 32;
export const QUOTE = 34;
export const PLUS = 43;
export const COMMA = 44;
export const MINUS = 45;
export const POINT = 46;
export const ZERO = 48;
export const NINE = 57;
export const COLON = 58;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
export const LOWER_E = 101;
export const LOWER_F = 102;
export const LOWER_N = 110;
export const LOWER_T = 116;
export const LOWER_U = 117;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;
/** Set in an ASCII letter, it makes the letter small. */
export const SMALL = 0x20;

/** Words of four letters, little-endian, as `getInt32(at, true)` reads them. */
export const NULL_WORD = 0x6c6c756e;
export const TRUE_WORD = 0x65757274;
export const ALSE_WORD = 0x65736c61;

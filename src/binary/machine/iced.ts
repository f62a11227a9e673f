/**
 * What this project uses of iced-x86 (https://github.com/icedland/iced), the decoder of x86 machine code.
 *
 * Types only: the library itself, WebAssembly, is passed in by whoever can load it (Node or the page),
 * so that everything that formats code stays pure. The module itself fits `IcedLibrary`.
 */

type Names = Readonly<Record<number, string>>;

export interface IcedOpCode {
  readonly mandatoryPrefix: number;
  readonly opCount: number;
  opKind(operand: number): number;
  free(): void;
}

export interface IcedInstruction {
  readonly code: number;
  readonly mnemonic: number;
  readonly length: number;
  readonly isInvalid: boolean;
  readonly opCode: IcedOpCode;
  readonly opCount: number;
  opKind(operand: number): number;
  opRegister(operand: number): number;
  immediate(operand: number): bigint;
  readonly nearBranchTarget: bigint;
  readonly memoryBase: number;
  readonly memoryIndex: number;
  readonly memoryIndexScale: number;
  readonly memoryDisplSize: number;
  readonly memoryDisplacement: bigint;
  readonly memorySegment: number;
  readonly segmentPrefix: number;
  free(): void;
}

export interface IcedDecoder {
  ip: bigint;
  position: number;
  readonly canDecode: boolean;
  decodeOut(instruction: IcedInstruction): void;
  free(): void;
}

export interface IcedFormatter {
  hexPrefix: string;
  hexSuffix: string;
  branchLeadingZeros: boolean;
  format(instruction: IcedInstruction): string;
  free(): void;
}

/** The module's exports. */
export interface IcedLibrary {
  readonly Decoder: new (bitness: number, data: Uint8Array, options: number) => IcedDecoder;
  readonly Instruction: new () => IcedInstruction;
  readonly Formatter: new (syntax: number) => IcedFormatter;
  readonly FormatterSyntax: { readonly Intel: number };
  readonly DecoderOptions: { readonly None: number; readonly NoInvalidCheck: number };
  readonly Code: Names;
  readonly Mnemonic: Names;
  readonly Register: Names & { readonly None: number };
  readonly OpKind: Names & { readonly Register: number; readonly Memory: number };
  readonly OpCodeOperandKind: Names;
  readonly MandatoryPrefix: Names;
}

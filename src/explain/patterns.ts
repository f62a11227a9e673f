/**
 * Work that need not be done where it is done, told by the functions of Go's own packages.
 *
 * Being hottest proves nothing; these functions do. Each pattern names a family whose result can be
 * kept (setup work), whose cost grows faster than its input, or that converts without need.
 * Cut-offs are shares of the program's CPU. The table knows Go's standard library (1.19 to 1.26),
 * no program.
 */
import type { Frame } from './frames.ts';

export interface Pattern {
  readonly id: string;
  /** Names of functions, as pprof prints them. */
  readonly match: RegExp;
  /** Completes "<line> …". */
  readonly what: string;
  /** Why it is avoidable. */
  readonly why: string;
  readonly fix: string;
  /** What could make it right after all. */
  readonly unless: string;
  /** Share of CPU from which on it speaks as medium and as high; undefined = never above low. */
  readonly cut: { readonly medium: number; readonly high: number } | undefined;
  /** The frame that calls it must be the user's own (conversions inside libraries are theirs). */
  readonly direct: boolean;
  /** How much a hit says that the work is needless, 0 to 1. */
  readonly weight: number;
  /** Only needless when a server does it for its requests: batch jobs read files for a living. */
  readonly serving?: true;
  /** The whole cost goes when the work is kept: it explains garbage of the same line, too. */
  readonly setup: boolean;
}

const SETUP = { cut: { medium: 0.15, high: 0.3 }, direct: false, weight: 0.9, setup: true };
const DIRECT = { direct: true, setup: false };

export const PATTERNS: readonly Pattern[] = [
  {
    ...SETUP,
    id: 'regexp-compile',
    match: /^regexp\.(compile|Compile|MustCompile|CompilePOSIX)$|^regexp\/syntax\.Parse$/,
    what: 'compiles regular expressions',
    why: 'compiling costs hundreds of times more than matching, and gives the same result for the same expression',
    fix: 'Compile once: var re = regexp.MustCompile(…) at package level, or a field that is set when the pattern is known; regexp.Match and MatchString compile on every call.',
    unless: 'every expression is different (users write them)',
  },
  {
    ...SETUP,
    id: 'template-parse',
    match:
      /^(text|html)\/template\.\(\*Template\)\.(Parse|ParseFiles|ParseFS|ParseGlob|escape|Clone)$|^(text|html)\/template\.Parse|^text\/template\/parse\.Parse$|^html\/template\.\(\*Template\)\.lookupAndEscape$/,
    what: 'parses templates',
    why: 'a template is parsed and escaped once and then executed as often as needed',
    fix: 'Parse when the program starts (template.Must(template.ParseFS(…)) in a package variable) and only Execute here.',
    unless: 'the template text itself changes with every call',
  },
  {
    ...SETUP,
    id: 'location-load',
    match: /^time\.(LoadLocation|LoadLocationFromTZData)$/,
    what: 'loads time zones',
    why: 'LoadLocation reads and parses the zone file on every call',
    fix: 'Load each zone once and keep the *time.Location.',
    unless: 'there are very many zones',
  },
  {
    ...SETUP,
    id: 'key-parse',
    match:
      /^crypto\/x509\.(ParsePKCS|ParseEC|ParsePKIX|ParseCertificate|SystemCertPool|\(\*CertPool\)\.AppendCertsFromPEM)|^crypto\/tls\.(X509KeyPair|LoadX509KeyPair)|^crypto\/(rsa|ecdsa|ed25519|ecdh|dsa)\.(GenerateKey|GenerateMultiPrimeKey|NewKeyFromSeed|\(\*PrivateKey\)\.Precompute)|^crypto\/ecdh\..*\.(GenerateKey|NewPrivateKey)$/,
    what: 'parses or generates keys or certificates',
    why: 'a key stays the same between calls, and opening it costs more than using it',
    fix: 'Open the key when the program starts and keep the parsed value.',
    unless: 'every call brings another key',
  },
  {
    ...SETUP,
    id: 'tls-client',
    match: /^crypto\/tls\.\(\*Conn\)\.clientHandshake$/,
    what: 'opens a new TLS connection',
    why: 'a kept connection spares the handshake',
    fix: 'Use one http.Client (one Transport) for all calls, and read and close every response body.',
    unless: 'the peers are many',
  },
  {
    ...SETUP,
    id: 'compressor-make',
    match: /^compress\/(flate|lzw)\.(NewWriter|NewWriterDict|\(\*compressor\)\.init)$/,
    what: 'makes compressors',
    why: 'a flate writer allocates and clears hundreds of kilobytes before the first byte',
    fix: 'Keep writers in a sync.Pool and Reset them.',
    unless: '',
  },
  {
    ...SETUP,
    id: 'random-seed',
    match: /^math\/rand\.(\(\*rngSource\)\.Seed|NewSource|seedrand)$/,
    what: 'seeds random sources',
    why: 'seeding computes 607 words for each source',
    fix: 'Keep one source for each goroutine, or use math/rand/v2.',
    unless: '',
  },
  {
    ...SETUP,
    id: 'replacer-build',
    match: /^strings\.(\(\*Replacer\)\.(build|buildOnce)|makeGenericReplacer)$/,
    what: 'builds string replacers',
    why: 'the table of a Replacer is built on its first use and kept by it',
    fix: 'Make the strings.Replacer once, in a package variable.',
    unless: 'the pairs differ from call to call',
  },
  {
    ...SETUP,
    id: 'gob-types',
    match:
      /^encoding\/gob\.(\(\*Decoder\)\.(compileDec|recvType|getDecoderEnginePtr|decodeTypeSequence)|\(\*Encoder\)\.sendType|compileEnc|buildEncEngine)/,
    what: 'sends or compiles gob types',
    why: 'a gob stream describes each type once; a new Encoder or Decoder begins again',
    fix: 'Keep one Encoder and Decoder for each connection, or use a format without type descriptions.',
    unless: '',
  },
  {
    ...SETUP,
    id: 'stack-trace',
    match:
      /^runtime\.(Stack|Callers|Caller|CallersFrames|ReadMemStats)$|^runtime\/debug\.(Stack|PrintStack)$/,
    what: 'captures stack traces or memory statistics',
    why: 'unwinding and looking up symbols is meant for errors; ReadMemStats stops the world',
    fix: 'Capture only when something went wrong, drop log.Lshortfile here, read runtime/metrics instead of ReadMemStats.',
    unless: '',
  },
  {
    ...SETUP,
    id: 'file-read',
    match:
      /^os\.(ReadFile|ReadDir|Open|OpenFile|Stat|Lstat)$|^path\/filepath\.(Glob|Walk|WalkDir|EvalSymlinks)$/,
    what: 'reads files or directories',
    why: 'the same file read again gives the same content',
    fix: 'Read it once and keep what was made of it; look at the modification time where it may change.',
    unless: 'serving files is what the program is for',
    weight: 0.7,
    cut: { medium: 0.2, high: 0.4 },
    serving: true,
  },
  {
    ...DIRECT,
    id: 'linear-search',
    match: /^slices\.(Contains|ContainsFunc|Index|IndexFunc)\b/,
    what: 'searches slices from the start',
    why: 'a search costs as much as the slice is long, so that a loop around it is quadratic',
    fix: 'Keep a map (or a sorted slice with slices.BinarySearch) beside the slice.',
    unless: 'the slice is short and the search rarely done',
    cut: { medium: 0.25, high: 0.5 },
    weight: 0.75,
  },
  {
    ...DIRECT,
    id: 'string-growth',
    match: /^runtime\.concatstring/,
    what: 'concatenates long strings',
    why: 'every + copies all that was there before: the work grows with the square of the result',
    fix: 'Collect the parts in one strings.Builder (Grow it first), or strings.Join them once.',
    unless: 'the strings are joined once, and are long for another reason',
    cut: { medium: 0.15, high: 0.3 },
    weight: 0.85,
  },
  {
    ...DIRECT,
    id: 'conversion',
    match:
      /^runtime\.(slicebytetostring|stringtoslicebyte|stringtoslicerune|slicerunetostring|intstring)$/,
    what: 'converts between string and []byte or []rune',
    why: 'each conversion copies; one of the two types would do',
    fix: 'Stay with one type along this path (bytes has what strings has), or convert once and keep the result.',
    unless: 'the copy is needed because the bytes change',
    cut: { medium: 0.2, high: 0.4 },
    weight: 0.7,
  },
  {
    ...DIRECT,
    id: 'format',
    match: /^fmt\.(Sprint|Sprintf|Sprintln|Sscan|Sscanf|Sscanln)$/,
    what: 'formats or scans strings with fmt',
    why: 'fmt works through reflection and allocates; for one value strconv is several times faster',
    fix: 'Use strconv (AppendInt into a reused []byte), a concatenation, or a struct as the map key.',
    unless: 'the text is what the program is for',
    cut: { medium: 0.35, high: 0.6 },
    weight: 0.6,
  },
  {
    ...DIRECT,
    id: 'reflection',
    match:
      /^reflect\.(DeepEqual|Copy|New|Value\.(Call|MethodByName|FieldByName|FieldByNameFunc|MapKeys|MapRange|Interface)|Append)$|^reflect\.\(\*rtype\)\.(FieldByName|MethodByName)$/,
    what: 'works through reflection',
    why: 'the types are the same in every call, so that their fields can be looked up once or written out',
    fix: 'Compare and copy field by field (or generate that code), or keep the field indices of each type.',
    unless: 'the types are really unknown',
    cut: { medium: 0.2, high: 0.4 },
    weight: 0.7,
  },
  {
    ...DIRECT,
    id: 'unbuffered-write',
    match:
      /^(os\.\(\*File\)\.(Write|WriteString|Read|WriteAt|ReadAt)|fmt\.(Print|Printf|Println))$/,
    what: 'reads or writes a file in small pieces',
    why: 'each call is a system call',
    fix: 'Put a bufio.Writer or bufio.Reader in between, and flush at the end.',
    unless: 'the pieces are large already, or each must be on disk at once',
    cut: { medium: 0.35, high: 0.6 },
    weight: 0.55,
  },
  {
    ...DIRECT,
    id: 'random-bytes',
    match: /^crypto\/rand\.(Read|Int|Text|Prime)$/,
    what: 'asks the system for random bytes',
    why: 'each call is a system call',
    fix: 'Read a block through a bufio.Reader around rand.Reader, or use math/rand/v2 where no secret depends on it.',
    unless: 'the bytes are keys',
    cut: { medium: 0.3, high: 0.5 },
    weight: 0.55,
  },
  {
    ...DIRECT,
    id: 'decode',
    match:
      /^encoding\/(json|xml|csv|asn1|hex|base64|pem|binary)\.|^gopkg\.in\/yaml|^encoding\/gob\.|^net\/url\.Parse|^time\.(Parse|ParseInLocation)$|^strconv\.|^html\./,
    what: 'encodes or decodes',
    why: 'if the input is the same, so is the result',
    fix: 'Keep the decoded (or encoded) value while its input is the same.',
    unless: 'every call brings another input: then it is the work itself',
    cut: undefined,
    weight: 0.35,
  },
  {
    ...DIRECT,
    id: 'sort',
    match:
      /^(sort|slices)\.(Sort|Slice|SliceStable|Stable|Strings|Ints|SortFunc|SortStableFunc|Sorted)/,
    what: 'sorts',
    why: 'if little has changed since the last time, the order can be kept',
    fix: 'Keep the slice sorted as it changes (slices.BinarySearch and Insert), or keep the sorted result.',
    unless: 'every call brings other values',
    cut: undefined,
    weight: 0.35,
  },
];

/**
 * Libraries that call the user back or work on their own account: what is below them is not asked
 * for by the user's line above.
 */
export const BARRIER =
  /^(net\/http|net\/http\/httputil|net\/rpc|crypto\/tls|google\.golang\.org\/grpc)$/;

/** Frames of a server at work on a request. */
export const SERVING =
  /^(net\/http\.\(\*conn\)\.serve|net\/http\.HandlerFunc\.ServeHTTP|net\/rpc\.\(\*service\)\.call|google\.golang\.org\/grpc\.\(\*Server\)\.)/;

/** Sorts, heaps and searches that call the user's comparison n log n times. */
export const SORTING = /^(sort|slices|container\/heap)\./;

/** What a comparison may call without being wasteful: comparing. */
export const COMPARING =
  /^(strings\.(Compare|EqualFold)|bytes\.(Compare|Equal)|cmp\.|time\.(Time|\(\*Time\))\.|math\/big\.|internal\/|sync|sort\.|slices\.|container\/heap\.|unicode)/;

/** The pattern of a comparison that computes what it compares. */
export const IN_COMPARISON: Pattern = {
  id: 'in-comparison',
  match: SORTING,
  what: 'computes its key anew in every comparison',
  why: 'a sort of n elements compares n log n times, so that the same input is worked on again and again',
  fix: 'Compute the key of each element once before sorting (a field, or a slice of key and element), and compare the keys.',
  unless: '',
  cut: { medium: 0.12, high: 0.25 },
  direct: false,
  weight: 0.95,
  setup: true,
};

/**
 * A file that is read where its content is decoded: the same input every time, unless it changed.
 */
export const FILE_DECODED: Pattern = {
  id: 'file-decoded',
  match: /^$/,
  what: 'reads a file and decodes it again on every call',
  why: 'as long as the file is the same, so is what it is decoded to',
  fix: 'Load it once (sync.OnceValues, or when the program starts) and share the result; look at the modification time where the file may change.',
  unless: 'every call reads another file',
  cut: { medium: 0.2, high: 0.4 },
  serving: true,
  direct: false,
  weight: 0.85,
  setup: true,
};

const byFrame = new WeakMap<Frame, readonly Pattern[]>();

/** The patterns that a frame's function belongs to. */
export function patternsOf(frame: Frame): readonly Pattern[] {
  let found = byFrame.get(frame);
  if (found === undefined) {
    found = PATTERNS.filter((p) => p.match.test(frame.function.replace(/\[.*\]/, '')));
    byFrame.set(frame, found);
  }
  return found;
}

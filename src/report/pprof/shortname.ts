/** Short forms of function names for pictures (graph.ShortenFunctionName of Go 1.26's pprof). */

const ANONYMOUS = /^\(anonymous namespace\)::/;
const MODULE_VERSION = /^([^\n]*?)\/v(?:[2-9]|[1-9][0-9]+)([./][^\n]*)$/;
const GO = /^(?:[0-9A-Za-z_\-.]+\/)+([^.]+\.[^\n]+)/;
const JAVA =
  /^(?:[a-z][0-9A-Za-z_]*\.)*([A-Z][0-9A-Za-z_$]*\.(?:<init>|[a-z][0-9A-Za-z_$]*(?:\$[0-9]+)?))(?:\(|$)/;
const CPP =
  /^(?:[_a-zA-Z][0-9A-Za-z_]*::)+(_*[A-Z][0-9A-Za-z_]*::~?[_a-zA-Z][0-9A-Za-z_]*(?:<[^\n]*>)?)/;

/** Without package path, namespaces, and arguments. */
export function shortenFunctionName(name: string): string {
  const plain = name.replace(ANONYMOUS, '').replace(MODULE_VERSION, '$1$2');
  for (const pattern of [GO, JAVA, CPP]) {
    const match = pattern.exec(plain);
    if (match !== null) return match[1] ?? '';
  }
  return plain;
}

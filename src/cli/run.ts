/**
 * argv → a command. Each command's room is loaded when it is the one that runs.
 *
 * Exit codes: 0 fine, 1 findings when asked to gate, 2 usage or input error in one line.
 */
import { Command, CommanderError, Option } from 'commander';
import { EXIT_USAGE, reportFailure, sentence } from './failure.ts';
import { packageVersion } from './package-root.ts';
import { stderr } from './terminal.ts';

export async function run(argv: readonly string[]): Promise<number> {
  let status = 0;
  const program = programOf((code) => {
    status = code;
  }, argv);
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT_USAGE;
    }
    await program.parseAsync(withGateSeverity(argv), { from: 'user' });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error);
    if (error.exitCode === 0) return 0;
    const message = sentence(error.message.replace(/^error: /, ''));
    stderr.line(`whygo: ${message}. See whygo ${commandIn(program, argv)}--help`);
    return EXIT_USAGE;
  }
}

const SEVERITIES = ['high', 'medium', 'low', 'info'];

/** A bare --gate means medium; the parser would take the target after it for its value. */
function withGateSeverity(argv: readonly string[]): string[] {
  return argv.map((arg, i) =>
    arg === '--gate' && !SEVERITIES.includes(argv[i + 1] ?? '') ? '--gate=medium' : arg,
  );
}

function commandIn(program: Command, argv: readonly string[]): string {
  const named = program.commands.find((command) => command.name() === argv[0]);
  return named === undefined ? '' : `${named.name()} `;
}

type SetStatus = (code: number) => void;

function programOf(setStatus: SetStatus, argv: readonly string[]): Command {
  const program = new Command('whygo')
    .description('Why is my Go program slow, big, stuck or expensive?')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
TARGET is a Go process that serves net/http/pprof: host:port, :port, or its URL.
Examples:
  whygo explain localhost:6060       what is wrong with it, with evidence (30 s)
  whygo serve localhost:6060         profile it continuously, page on http://127.0.0.1:4040
  whygo explain cpu.pb.gz            explain a file; - reads standard input
  whygo record localhost:6060        keep everything it can tell in a folder

Exit codes: 0 fine, 1 findings when asked to gate, 2 usage or input error.`,
    );
  addServe(program, setStatus);
  addDemo(program, setStatus);
  addRecord(program);
  addExplain(program, setStatus);
  addGoroutines(program);
  addWall(program);
  addMetrics(program);
  addSched(program, setStatus, argv.includes('--'));
  addTop(program);
  addConvert(program);
  program
    .command('pprof')
    .description('everything of go tool pprof: the same options, commands and output')
    .argument('[options...] [binary] source...');
  program
    .command('trace')
    .description('an execution trace summed up, and all that go tool trace prints of it')
    .argument('[options...] [binary] trace.out');
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ outputError: () => undefined });
  }
  return program;
}

function serverOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port of the page and the API', '4040')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-host <name...>', 'further host names that requests may use')
    .option('--token <token>', 'ask for it; needed to listen beyond this machine')
    .option('--tls-cert <file>', 'certificate (PEM), with --tls-key')
    .option('--tls-key <file>', 'private key (PEM)')
    .option('--open', 'open the page in the browser');
}

function addServe(program: Command, setStatus: SetStatus): void {
  serverOptions(
    program
      .command('serve')
      .description('profile targets continuously, or open a recording, and serve the page')
      .argument('[target...]', 'targets, or one folder written by whygo record'),
  )
    .option('--config <file>', 'targets from a YAML file (scrape_configs); SIGHUP reads it again')
    .option('--check', 'only read the configuration, and tell what it means')
    .option('--data <dir>', 'where profiles are kept', 'whygo-data')
    .option('--every <duration>', 'how often each target is profiled')
    .option('--keep <duration>', 'how long profiles are kept', '336h')
    .option('--max-body <MB>', 'largest pushed profile', '32')
    .addHelpText(
      'after',
      `
Examples:
  whygo serve localhost:6060
  whygo serve --config whygo.yaml --data /var/lib/whygo
  whygo serve --config whygo.yaml --check
  whygo serve whygo-recording        open a recorded folder`,
    )
    .action(async (targets: string[], options) => {
      const { serve } = await import('./serve.ts');
      setStatus(await serve(targets, options));
    });
}

function addDemo(program: Command, setStatus: SetStatus): void {
  serverOptions(
    program
      .command('demo')
      .description('run the demo shop under load, profile it, and serve the page'),
  )
    .option('--fault <name>', 'the mistake that the shop makes; none for a healthy one')
    .option('--fault-after <duration>', 'when it begins', '60s')
    .option('--every <duration>', 'how often it is profiled', '10s')
    .option('--replay', 'replay the bundled recording, even when Go is installed')
    .addHelpText(
      'after',
      `
Takes the next free port when --port is not given and 4040 is taken. Without Go, a
recording of the shop is replayed.`,
    )
    .action(async (options, command: Command) => {
      const { demo } = await import('./demo.ts');
      const anyPort = command.getOptionValueSource('port') === 'default';
      setStatus(await demo({ ...options, anyPort }));
    });
}

function addRecord(program: Command): void {
  program
    .command('record')
    .description('keep everything a target can tell for a while in a folder')
    .argument('<target>', 'host:port or URL')
    .option('--for <duration>', 'how long', '30s')
    .option('--every <duration>', 'how often profiles are taken', '10s')
    .option('--out <dir>', 'the folder; a new one is named after target and time')
    .option('--wall', 'wall-clock profiles too, from polling all goroutines (see whygo wall)')
    .option('--budget <percent>', 'of one core that this may cost the target', '1%')
    .action(async (target: string, options) => {
      const { record } = await import('./record.ts');
      await record(target, options);
    });
}

function addExplain(program: Command, setStatus: SetStatus): void {
  program
    .command('explain')
    .description('what is wrong with it: findings with evidence, down to the line')
    .argument('<target...>', 'a target, files, a recorded folder, or - for standard input')
    .option('--for <duration>', 'how long a live target is watched', '30s')
    .option('--gentle', 'force no garbage collection')
    .option('--json', 'print one JSON object (whygo.findings/1)')
    .addOption(
      new Option(
        '--gate <severity>',
        'exit with 1 when a finding is at least this severe (medium unless given)',
      ).choices(SEVERITIES),
    )
    .addHelpText(
      'after',
      `
Examples:
  whygo explain localhost:6060
  whygo explain --for 60s --json http://10.0.0.7:6060/debug/pprof/ > findings.json
  whygo explain --gate=high whygo-recording`,
    )
    .action(async (targets: string[], options) => {
      const { explainCommand } = await import('./explain.ts');
      setStatus(await explainCommand(targets, options));
    });
}

function addGoroutines(program: Command): void {
  program
    .command('goroutines')
    .description(
      'what the goroutines of a dump or a target wait for, in groups; two dumps compared',
    )
    .argument('[dumps...]', 'files, host:port, URLs, or - for standard input')
    .option(
      '--group-by <what>',
      'stack, similar, state, wait, creator, label or label:KEY',
      'stack',
    )
    .option('--waits', 'show all that is waited for, not only locks')
    .option('--dlv <address>', 'read a program under a headless Delve, which stops it for that')
    .option('--dlv-stop <duration>', 'how long Delve may stop it at most', '2s')
    .option('--json', 'print one JSON object (whygo.goroutines/1)')
    .action(async (sources: string[], options) => {
      const { goroutines } = await import('./goroutines.ts');
      await goroutines(sources, options);
    });
}

function addWall(program: Command): void {
  program
    .command('wall')
    .description('where goroutines spend their time, waiting included: a wall-clock profile')
    .argument('<target>', 'host:port or URL; the URL of /debug/fgprof is asked as it is')
    .option('--for <duration>', 'how long it is polled', '10s')
    .option('-o, --out <file>', 'where the profile is written (pprof)', 'wall.pb.gz')
    .option('--hz <number>', 'polls a second, at most; 1 to 100', '10')
    .option('--budget <percent>', 'of one core that polling may cost the target', '1%')
    .addOption(
      new Option('--level <debug>', 'the debug level to poll; auto measures what they cost')
        .choices(['auto', '0', '1', '2'])
        .default('auto'),
    )
    .option('--procs <number>', 'GOMAXPROCS of the target, when its metrics do not say')
    .option('--timeline <file>', 'every goroutine over time, as Chrome trace JSON (debug=2)')
    .addHelpText(
      'after',
      `
Examples:
  whygo wall localhost:6060
  whygo wall localhost:6060 --for 30s --budget 0.5% -o wall.pb.gz
  whygo wall localhost:6060 --timeline goroutines.json      for ui.perfetto.dev
  whygo pprof -http=: -tagroot=state wall.pb.gz`,
    )
    .action(async (target: string, options) => {
      const { wall } = await import('./wall.ts');
      await wall(target, options);
    });
}

function addMetrics(program: Command): void {
  program
    .command('metrics')
    .description('what the runtime metrics say: GC, heap, goroutines, scheduler, CPU, process')
    .argument('<source...>', 'host:port, URL, files, a recorded folder, or - for standard input')
    .option('--for <duration>', 'how long a live target is watched', '10s')
    .option('--every <duration>', 'how often it is read', '1s')
    .option('--json', 'print one JSON object (whygo.metrics/1)')
    .action(async (sources: string[], options) => {
      const { metrics } = await import('./metrics.ts');
      await metrics(sources, options);
    });
}

function addSched(program: Command, setStatus: SetStatus, isCommand: boolean): void {
  program
    .command('sched')
    .description('scheduler, collector and scavenger of a Go program, from its GODEBUG lines')
    .argument('[words...]', 'a file, - for standard input, or -- and a command to run')
    .option('--every <duration>', 'how often the scheduler is sampled (500ms unless given)')
    .option('--detail', 'states of all goroutines too; costs the program more')
    .option('--plain', 'no screen, only the summary at the end')
    .option('--json', 'print JSON lines (whygo.sched/1): an event each, the summary last')
    .option('--out <file>', 'write summary or JSON there')
    .option('--listen <address>', 'Prometheus exporter at /metrics, such as :9099')
    .option('--token <token>', 'ask for it there; needed to listen beyond this machine')
    .option('--to <url>', 'push into a whygo server every 5 s; its token as http://:TOKEN@host')
    .option('--service <name>', 'its name there; the command’s unless given')
    .option('--label <key=value...>', 'further labels there')
    .addHelpText(
      'after',
      `
Examples:
  whygo sched -- ./server -addr :8080
  whygo sched --every 100ms --listen :9099 -- ./server
  whygo sched --to http://127.0.0.1:4040 --service shop -- ./shop
  ./server 2>&1 | whygo sched -      run with GODEBUG=schedtrace=500,gctrace=1
  whygo sched server.log`,
    )
    .action(async (words: string[], options) => {
      const { sched } = await import('./sched.ts');
      setStatus(await sched(words, isCommand, options));
    });
}

function addTop(program: Command): void {
  program
    .command('top')
    .description('what top is for processes, for the goroutines, CPU, heap and GC of a target')
    .argument('<target>', 'host:port or URL')
    .option('--every <duration>', 'how often it is refreshed', '2s')
    .option('--cpu <duration>', 'profile the CPU too; on the screen, F5 does')
    .option('--once', 'print one reading and end')
    .option('--json', 'print one reading as JSON (whygo.top/1) and end')
    .action(async (target: string, options) => {
      const { top } = await import('./top.ts');
      await top(target, options);
    });
}

function addConvert(program: Command): void {
  program
    .command('convert')
    .description('write a profile in another format')
    .argument('<in>', 'profile file, URL, or - for standard input')
    .argument('<out>', 'by its ending: .pb.gz, .pb (pprof), .folded; - writes pprof to stdout')
    .option('--sample <type>', 'sample type of a folded file')
    .action(async (input: string, output: string, options) => {
      const { convert } = await import('./convert.ts');
      await convert(input, output, options);
    });
}

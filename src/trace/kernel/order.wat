;; The event loop of the trace decoder. `kernel.ts` says why it exists and how it is called;
;; `kernel.wasm.ts` holds its bytes, and `kernel.test.ts` holds that they are this text's.
;;
;; All state lies in columns whose addresses are at the begin of the memory: the numbers behind
;; `offset=` below are those of SLOT in kernel.ts, times four. The loop takes the few events that make
;; up nearly all of a trace, and these only when they may happen: it changes nothing before it knows
;; that. Annotations, which change no state of the scheduler, it only puts into a queue. Anything else
;; it leaves, at the head of the heap, to ordering.ts.
(module
  (memory (export "memory") 1)

  ;; The index of the goroutine with this id of 32 bits, -1 when it has none, for ids that are too
  ;; large for the direct table: IdTable.find in idtable.ts.
  (func $find (param $lo i32) (result i32)
    (local $slot i32) (local $at i32)
    (local.set $slot (i32.mul (local.get $lo) (i32.const 0x9e3779b1)))
    (local.set $slot (i32.xor (local.get $slot) (i32.shr_u (local.get $slot) (i32.const 15))))
    (loop $probe
      (local.set $slot (i32.and (local.get $slot) (i32.load offset=48 (i32.const 0))))
      ;; A slot is low half, high half, index + 1, 0.
      (local.set $at (i32.add (i32.load offset=44 (i32.const 0))
                              (i32.shl (local.get $slot) (i32.const 4))))
      (if (i32.eqz (i32.load offset=8 (local.get $at))) (then (return (i32.const -1))))
      (if (i32.eq (i32.load (local.get $at)) (local.get $lo))
        (then
          (if (i32.eqz (i32.load offset=4 (local.get $at)))
            (then (return (i32.sub (i32.load offset=8 (local.get $at)) (i32.const 1)))))))
      (local.set $slot (i32.add (local.get $slot) (i32.const 1)))
      (br $probe))
    (unreachable))

  ;; Delivers events until something is for the caller to do, and says what: STOP in kernel.ts.
  ;; `isAhead`: the event at the head of the heap has happened; its thread's next one comes first.
  (func (export "run") (param $isAhead i32) (result i32)
    (local $why i32) (local $type i32) (local $c i32) (local $args i32)
    (local $m i32) (local $p i32) (local $g i32) (local $go i32) (local $seq f64)
    (local $stack i32) (local $a i32) (local $b i32)
    (local $state i32) (local $rowA i32) (local $rowB i32) (local $procState i32)
    (local $time f64) (local $last f64) (local $rows i32) (local $procRows i32)
    (local $budget i32) (local $eventRow i32) (local $heapRows i32) (local $queued i32)
    (local $at i32) (local $end i32) (local $value i32) (local $count i32) (local $out i32)
    (local $i i32) (local $least i32) (local $other i32)
    (local $heap i32) (local $heapSize i32) (local $times i32) (local $leastTime f64)
    (local $goStatus i32) (local $goSeq i32) (local $threadGo i32)
    (local $base f64) (local $procBase f64)

    (local.set $goStatus (i32.load offset=0 (i32.const 0)))
    (local.set $goSeq (i32.load offset=4 (i32.const 0)))
    (local.set $threadGo (i32.load offset=24 (i32.const 0)))
    (local.set $times (i32.load offset=76 (i32.const 0)))
    (local.set $heap (i32.load offset=104 (i32.const 0)))
    (local.set $heapSize (i32.load offset=108 (i32.const 0)))
    (local.set $rows (i32.load offset=132 (i32.const 0)))
    (local.set $procRows (i32.load offset=156 (i32.const 0)))
    (local.set $eventRow (i32.load offset=192 (i32.const 0)))
    (local.set $heapRows (i32.load offset=248 (i32.const 0)))
    (local.set $queued (i32.load offset=516 (i32.const 0)))
    (local.set $last (f64.load offset=200 (i32.const 0)))
    (local.set $base (f64.load offset=216 (i32.const 0)))
    (local.set $procBase (f64.load offset=224 (i32.const 0)))
    (local.set $budget (i32.load offset=240 (i32.const 0)))

    (block $exit (loop $events
      (block $next
      (if (local.get $isAhead)
        (then
          (local.set $isAhead (i32.const 0))
          (local.set $c (i32.load (local.get $heap)))
          (br $next)))

      ;; Is there an event, and is it next?
      (local.set $why (i32.const 0))
      (br_if $exit (i32.eqz (local.get $heapSize)))
      (local.set $c (i32.load (local.get $heap)))
      (local.set $time
        (f64.load (i32.add (local.get $times) (i32.shl (local.get $c) (i32.const 3)))))
      (local.set $why (i32.const 1))
      (br_if $exit (f64.lt (f64.load offset=232 (i32.const 0)) (local.get $time)))
      (local.set $why (i32.const 3))
      (br_if $exit (i32.eqz (local.get $budget)))
      ;; Is there room for it?
      (if (f64.le (local.get $time) (local.get $last))
        (then (local.set $time (f64.add (local.get $last) (f64.const 1)))))
      (local.set $why (i32.const 2))
      (if (local.get $rows)
        (then
          (br_if $exit (i32.eq (local.get $rows) (i32.const 65536)))
          (br_if $exit (f64.gt (f64.sub (local.get $time) (local.get $base))
                               (f64.const 4294967295)))))
      (local.set $why (i32.const 7))
      (if (local.get $procRows)
        (then
          (br_if $exit (i32.eq (local.get $procRows) (i32.const 65536)))
          (br_if $exit (f64.gt (f64.sub (local.get $time) (local.get $procBase))
                               (f64.const 4294967295)))))
      (local.set $why (i32.const 4))
      (br_if $exit (i32.eq (local.get $eventRow) (i32.const 65536)))
      (local.set $why (i32.const 8))
      (br_if $exit (i32.eq (local.get $heapRows) (i32.const 4096)))
      (local.set $why (i32.const 9))
      (br_if $exit (i32.eq (local.get $queued) (i32.const 1024)))

      ;; Where does it happen?
      (local.set $why (i32.const 5))
      (local.set $m (i32.load (i32.add (i32.load offset=68 (i32.const 0))
                                       (i32.shl (local.get $c) (i32.const 2)))))
      (br_if $exit (i32.lt_s (local.get $m) (i32.const 0)))
      (i32.store8 (i32.add (i32.load offset=32 (i32.const 0)) (local.get $m)) (i32.const 1))
      (local.set $g (i32.load (i32.add (local.get $threadGo)
                                       (i32.shl (local.get $m) (i32.const 2)))))
      (local.set $p (i32.load (i32.add (i32.load offset=28 (i32.const 0))
                                       (i32.shl (local.get $m) (i32.const 2)))))
      (local.set $type (i32.load8_u (i32.add (i32.load offset=72 (i32.const 0))
                                             (local.get $c))))
      ;; Low halves of its arguments; the high halves lie in another column of the same shape.
      (local.set $args (i32.add (i32.load offset=80 (i32.const 0))
                                (i32.shl (local.get $c) (i32.const 4))))
      (local.set $stack (i32.const 0))
      (local.set $a (i32.const 0))
      (local.set $b (i32.const 0))
      (local.set $go (i32.const -1))
      (local.set $procState (i32.const 0))

      ;; GoLabel, UserTaskBegin … UserLog: need a proc and a goroutine. A record of the queue is the
      ;; time, type, goroutine, the halves of four arguments, cursor and position. Where events are
      ;; kept they have columns of their own, which are for the caller to fill.
      (if (i32.lt_u (i32.sub (local.get $type) (i32.const 39)) (i32.const 6))
        (then
          (br_if $exit (i32.lt_s (i32.or (local.get $p) (local.get $g)) (i32.const 0)))
          (br_if $exit (i32.load offset=196 (i32.const 0)))
          (local.set $out (i32.add (i32.load offset=512 (i32.const 0))
                                   (i32.shl (local.get $queued) (i32.const 6))))
          (f64.store (local.get $out) (local.get $time))
          (i32.store offset=8 (local.get $out) (local.get $type))
          (i32.store offset=12 (local.get $out) (local.get $g))
          (i64.store offset=16 (local.get $out) (i64.load (local.get $args)))
          (i64.store offset=24 (local.get $out) (i64.load offset=8 (local.get $args)))
          (local.set $at (i32.add (i32.load offset=84 (i32.const 0))
                                  (i32.shl (local.get $c) (i32.const 4))))
          (i64.store offset=32 (local.get $out) (i64.load (local.get $at)))
          (i64.store offset=40 (local.get $out) (i64.load offset=8 (local.get $at)))
          (i32.store offset=48 (local.get $out) (local.get $c))
          (i32.store offset=52 (local.get $out)
            (i32.load (i32.add (i32.load offset=100 (i32.const 0))
                               (i32.shl (local.get $c) (i32.const 2)))))
          (local.set $queued (i32.add (local.get $queued) (i32.const 1)))
          (local.set $last (local.get $time))
          (local.set $budget (i32.sub (local.get $budget) (i32.const 1)))
          (br $next)))

      ;; Arguments of more than 32 bits are for the caller, but for heap sizes.
      (br_if $exit (i32.and
        (i32.load8_u (i32.add (i32.load offset=252 (i32.const 0)) (local.get $c)))
        (i32.ne (local.get $type) (i32.const 37))))

      ;; The stack that it names: GoStop, GoBlock, GoSyscallBegin in argument 1, GoUnblock in 2.
      (if (i32.lt_u (i32.sub (local.get $type) (i32.const 19)) (i32.const 4))
        (then
          (local.set $value (i32.load offset=4 (i32.add (local.get $args)
            (i32.shl (i32.eq (local.get $type) (i32.const 21)) (i32.const 2)))))
          (br_if $exit (i32.ge_u (local.get $value) (i32.load offset=56 (i32.const 0))))
          (local.set $stack (i32.load (i32.add (i32.load offset=52 (i32.const 0))
                                               (i32.shl (local.get $value) (i32.const 2)))))
          (br_if $exit (i32.lt_s (local.get $stack) (i32.const 0)))))

      ;; The goroutine that it names: GoStart, GoUnblock. It is runnable (2), or waiting (5), and it
      ;; is its turn.
      (if (i32.or (i32.eq (local.get $type) (i32.const 16))
                  (i32.eq (local.get $type) (i32.const 21)))
        (then
          (local.set $value (i32.load (local.get $args)))
          (if (i32.lt_u (local.get $value) (i32.load offset=40 (i32.const 0)))
            (then (local.set $go (i32.sub
              (i32.load (i32.add (i32.load offset=36 (i32.const 0))
                                 (i32.shl (local.get $value) (i32.const 2))))
              (i32.const 1))))
            (else (local.set $go (call $find (local.get $value)))))
          (br_if $exit (i32.lt_s (local.get $go) (i32.const 0)))
          (br_if $exit (i32.ne
            (i32.load8_u (i32.add (local.get $goStatus) (local.get $go)))
            (select (i32.const 2) (i32.const 5) (i32.eq (local.get $type) (i32.const 16)))))
          (local.set $seq (f64.convert_i32_u (i32.load offset=4 (local.get $args))))
          (local.set $at (i32.add (local.get $goSeq) (i32.shl (local.get $go) (i32.const 3))))
          (br_if $exit
            (f64.ne (local.get $seq) (f64.add (f64.load (local.get $at)) (f64.const 1))))
          (local.set $a (local.get $go))))

      (block $deliver
      (block $heapAlloc (block $syscallEndBlocked (block $syscallEnd (block $syscallBegin
      (block $unblock (block $stop (block $destroy (block $start (block $other
        (br_if $heapAlloc (i32.eq (local.get $type) (i32.const 37)))
        (br_table $start $destroy $other $stop $stop $unblock
                  $syscallBegin $syscallEnd $syscallEndBlocked $other
          (i32.sub (local.get $type) (i32.const 16))))
        (br $exit))

        ;; start: GoStart. On a proc that runs nothing.
        (br_if $exit (i32.lt_s (local.get $p) (i32.const 0)))
        (br_if $exit (i32.ge_s (local.get $g) (i32.const 0)))
        (i32.store8 (i32.add (local.get $goStatus) (local.get $go)) (i32.const 3))
        (f64.store (local.get $at) (local.get $seq))
        (i32.store (i32.add (local.get $threadGo) (i32.shl (local.get $m) (i32.const 2)))
          (local.get $go))
        (local.set $state (i32.const 19))
        (local.set $rowA (local.get $p))
        (local.set $rowB (local.get $m))
        (br $deliver))

        ;; destroy: GoDestroy. The running goroutine ends.
        (br_if $exit (i32.lt_s (i32.or (local.get $p) (local.get $g)) (i32.const 0)))
        (br_if $exit (i32.ne (i32.const 3)
          (i32.load8_u (i32.add (local.get $goStatus) (local.get $g)))))
        (i32.store8 (i32.add (local.get $goStatus) (local.get $g)) (i32.const 0))
        (i32.store (i32.add (local.get $threadGo) (i32.shl (local.get $m) (i32.const 2)))
          (i32.const -1))
        (f64.store (i32.add (i32.load offset=520 (i32.const 0))
                            (i32.shl (local.get $g) (i32.const 3))) (local.get $time))
        (local.set $go (local.get $g))
        (local.set $state (i32.const 81))
        (local.set $rowA (i32.const -1))
        (local.set $rowB (i32.const 0))
        (br $deliver))

        ;; stop: GoStop, GoBlock. The running goroutine yields or waits.
        (br_if $exit (i32.lt_s (i32.or (local.get $p) (local.get $g)) (i32.const 0)))
        (br_if $exit (i32.ne (i32.const 3)
          (i32.load8_u (i32.add (local.get $goStatus) (local.get $g)))))
        (local.set $value (i32.load (local.get $args)))
        (br_if $exit (i32.ge_u (local.get $value) (i32.load offset=64 (i32.const 0))))
        (local.set $a (i32.load (i32.add (i32.load offset=60 (i32.const 0))
                                         (i32.shl (local.get $value) (i32.const 2)))))
        (br_if $exit (i32.lt_s (local.get $a) (i32.const 0)))
        (local.set $go (local.get $g))
        ;; GoBlock: waiting, blocked. GoStop: runnable, stopped.
        (if (i32.eq (local.get $type) (i32.const 20))
          (then
            (local.set $state (i32.const 44))
            (i32.store8 (i32.add (local.get $goStatus) (local.get $g)) (i32.const 5)))
          (else
            (local.set $state (i32.const 34))
            (i32.store8 (i32.add (local.get $goStatus) (local.get $g)) (i32.const 2))))
        (i32.store (i32.add (local.get $threadGo) (i32.shl (local.get $m) (i32.const 2)))
          (i32.const -1))
        (local.set $at (i32.add (i32.load offset=12 (i32.const 0))
                                (i32.shl (local.get $g) (i32.const 2))))
        (if (i32.eqz (i32.load (local.get $at)))
          (then (i32.store (local.get $at) (local.get $stack))))
        (local.set $rowA (local.get $a))
        (local.set $rowB (local.get $stack))
        (br $deliver))

        ;; unblock: GoUnblock. From anywhere.
        (i32.store8 (i32.add (local.get $goStatus) (local.get $go)) (i32.const 2))
        (f64.store (local.get $at) (local.get $seq))
        (local.set $state (i32.const 26))
        (local.set $rowA (local.get $g))
        (local.set $rowB (local.get $stack))
        (br $deliver))

        ;; syscallBegin: GoSyscallBegin. The running goroutine, with the proc's next number.
        (br_if $exit (i32.lt_s (i32.or (local.get $p) (local.get $g)) (i32.const 0)))
        (br_if $exit (i32.ne (i32.const 3)
          (i32.load8_u (i32.add (local.get $goStatus) (local.get $g)))))
        (local.set $i (i32.add (i32.load offset=16 (i32.const 0)) (local.get $p)))
        (br_if $exit (i32.eqz (i32.load8_u (local.get $i))))
        (local.set $seq (f64.convert_i32_u (i32.load (local.get $args))))
        (local.set $at (i32.add (i32.load offset=20 (i32.const 0))
                                (i32.shl (local.get $p) (i32.const 3))))
        (br_if $exit (f64.ne (local.get $seq) (f64.add (f64.load (local.get $at)) (f64.const 1))))
        (i32.store8 (i32.add (local.get $goStatus) (local.get $g)) (i32.const 4))
        (i32.store8 (local.get $i) (i32.const 4))
        (f64.store (local.get $at) (local.get $seq))
        (i32.store (i32.add (i32.load offset=8 (i32.const 0))
                            (i32.shl (local.get $g) (i32.const 2)))
          (local.get $stack))
        (local.set $at (i32.add (i32.load offset=12 (i32.const 0))
                                (i32.shl (local.get $g) (i32.const 2))))
        (if (i32.eqz (i32.load (local.get $at)))
          (then (i32.store (local.get $at) (local.get $stack))))
        (local.set $go (local.get $g))
        (local.set $state (i32.const 53))
        (local.set $rowA (local.get $m))
        (local.set $rowB (local.get $stack))
        (local.set $procState (i32.const 4))
        (br $deliver))

        ;; syscallEnd: GoSyscallEnd. It has kept its proc.
        (br_if $exit (i32.lt_s (i32.or (local.get $p) (local.get $g)) (i32.const 0)))
        (br_if $exit (i32.ne (i32.const 4)
          (i32.load8_u (i32.add (local.get $goStatus) (local.get $g)))))
        (local.set $i (i32.add (i32.load offset=16 (i32.const 0)) (local.get $p)))
        (br_if $exit (i32.ne (i32.load8_u (local.get $i)) (i32.const 4)))
        (i32.store8 (i32.add (local.get $goStatus) (local.get $g)) (i32.const 3))
        (i32.store8 (local.get $i) (i32.const 2))
        (local.set $go (local.get $g))
        (local.set $state (i32.const 59))
        (local.set $rowA (local.get $p))
        (local.set $rowB (local.get $m))
        (local.set $procState (i32.const 2))
        (br $deliver))

        ;; syscallEndBlocked: GoSyscallEndBlocked. It has lost its proc.
        (br_if $exit (i32.ge_s (local.get $p) (i32.const 0)))
        (br_if $exit (i32.lt_s (local.get $g) (i32.const 0)))
        (br_if $exit (i32.ne (i32.const 4)
          (i32.load8_u (i32.add (local.get $goStatus) (local.get $g)))))
        (i32.store8 (i32.add (local.get $goStatus) (local.get $g)) (i32.const 2))
        (i32.store (i32.add (local.get $threadGo) (i32.shl (local.get $m) (i32.const 2)))
          (i32.const -1))
        (local.set $go (local.get $g))
        (local.set $state (i32.const 66))
        (local.set $rowA (i32.const -1))
        (local.set $rowB (i32.const 0))
        (br $deliver))

        ;; heapAlloc: HeapAlloc. Needs a proc.
        (br_if $exit (i32.lt_s (local.get $p) (i32.const 0)))
        (local.set $a (i32.load (local.get $args)))
        (local.set $b (i32.load (i32.add (i32.load offset=84 (i32.const 0))
                                         (i32.shl (local.get $c) (i32.const 4)))))
        (local.set $out (i32.add (i32.load offset=244 (i32.const 0))
                                 (i32.shl (local.get $heapRows) (i32.const 4))))
        (f64.store (local.get $out) (local.get $time))
        (f64.store offset=8 (local.get $out)
          (f64.add (f64.mul (f64.convert_i32_u (local.get $b)) (f64.const 4294967296))
                   (f64.convert_i32_u (local.get $a))))
        (local.set $heapRows (i32.add (local.get $heapRows) (i32.const 1))))

      ;; It happens: it is delivered.
      (local.set $last (local.get $time))
      (local.set $budget (i32.sub (local.get $budget) (i32.const 1)))
      (if (i32.load offset=196 (i32.const 0))
        (then
          (local.set $out (i32.shl (local.get $eventRow) (i32.const 2)))
          (f64.store (i32.add (i32.load offset=160 (i32.const 0))
                              (i32.shl (local.get $eventRow) (i32.const 3))) (local.get $time))
          (i32.store8 (i32.add (i32.load offset=164 (i32.const 0)) (local.get $eventRow))
            (local.get $type))
          (i32.store (i32.add (i32.load offset=168 (i32.const 0)) (local.get $out)) (local.get $g))
          (i32.store (i32.add (i32.load offset=172 (i32.const 0)) (local.get $out)) (local.get $p))
          (i32.store (i32.add (i32.load offset=176 (i32.const 0)) (local.get $out)) (local.get $m))
          (i32.store (i32.add (i32.load offset=180 (i32.const 0)) (local.get $out))
            (local.get $stack))
          (i32.store (i32.add (i32.load offset=184 (i32.const 0)) (local.get $out)) (local.get $a))
          (i32.store (i32.add (i32.load offset=188 (i32.const 0)) (local.get $out)) (local.get $b))
          (local.set $eventRow (i32.add (local.get $eventRow) (i32.const 1)))))

      ;; A row of the goroutine's, and one of the proc's.
      (if (i32.ge_s (local.get $go) (i32.const 0))
        (then
          (if (i32.eqz (local.get $rows)) (then (local.set $base (local.get $time))))
          (local.set $out (i32.shl (local.get $rows) (i32.const 2)))
          (i32.store (i32.add (i32.load offset=112 (i32.const 0)) (local.get $out)) (local.get $go))
          (i32.store (i32.add (i32.load offset=116 (i32.const 0)) (local.get $out))
            (i32.trunc_f64_u (f64.sub (local.get $time) (local.get $base))))
          (i32.store8 (i32.add (i32.load offset=120 (i32.const 0)) (local.get $rows))
            (local.get $state))
          (i32.store (i32.add (i32.load offset=124 (i32.const 0)) (local.get $out))
            (local.get $rowA))
          (i32.store (i32.add (i32.load offset=128 (i32.const 0)) (local.get $out))
            (local.get $rowB))
          (local.set $rows (i32.add (local.get $rows) (i32.const 1)))))
      (if (local.get $procState)
        (then
          (if (i32.eqz (local.get $procRows)) (then (local.set $procBase (local.get $time))))
          (local.set $out (i32.shl (local.get $procRows) (i32.const 2)))
          (i32.store (i32.add (i32.load offset=136 (i32.const 0)) (local.get $out)) (local.get $p))
          (i32.store (i32.add (i32.load offset=140 (i32.const 0)) (local.get $out))
            (i32.trunc_f64_u (f64.sub (local.get $time) (local.get $procBase))))
          (i32.store8 (i32.add (i32.load offset=144 (i32.const 0)) (local.get $procRows))
            (local.get $procState))
          (i32.store (i32.add (i32.load offset=148 (i32.const 0)) (local.get $out)) (local.get $m))
          (i32.store (i32.add (i32.load offset=152 (i32.const 0)) (local.get $out))
            (i32.const -1))
          (local.set $procRows (i32.add (local.get $procRows) (i32.const 1)))))

      )
      ;; The thread's next event: its type, the time step, its arguments.
      (local.set $why (i32.const 6))
      (local.set $i (i32.shl (local.get $c) (i32.const 2)))
      (local.set $at (i32.load (i32.add (i32.load offset=88 (i32.const 0)) (local.get $i))))
      (local.set $end (i32.load (i32.add (i32.load offset=92 (i32.const 0)) (local.get $i))))
      ;; An event is at most 51 bytes; nearer to the end the caller reads it with care.
      (br_if $exit (i32.lt_s (i32.sub (local.get $end) (local.get $at)) (i32.const 51)))
      (local.set $type (i32.load8_u (local.get $at)))
      (local.set $count (i32.load8_u offset=256 (local.get $type)))
      (br_if $exit (i32.eq (local.get $count) (i32.const 255)))
      ;; The arguments that the caller read may have had high halves.
      (local.set $other (i32.add (i32.load offset=252 (i32.const 0)) (local.get $c)))
      (if (i32.load8_u (local.get $other))
        (then
          (i32.store8 (local.get $other) (i32.const 0))
          (local.set $out (i32.add (i32.load offset=84 (i32.const 0))
                                   (i32.shl (local.get $c) (i32.const 4))))
          (i64.store (local.get $out) (i64.const 0))
          (i64.store offset=8 (local.get $out) (i64.const 0))))
      (local.set $out (i32.add (i32.load offset=80 (i32.const 0))
                               (i32.shl (local.get $c) (i32.const 4))))
      (local.set $i (local.get $at))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      ;; $least counts from -1: the first number is the time step.
      (local.set $least (i32.const -1))
      (loop $numbers
        (local.set $value (i32.load8_u (local.get $at)))
        (if (i32.lt_u (local.get $value) (i32.const 0x80))
          (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
          (else
            (local.set $value (i32.load (local.get $at)))
            (if (i32.eqz (i32.and (local.get $value) (i32.const 0x8000)))
              (then
                (local.set $at (i32.add (local.get $at) (i32.const 2)))
                (local.set $value (i32.or
                  (i32.and (local.get $value) (i32.const 0x7f))
                  (i32.and (i32.shr_u (local.get $value) (i32.const 1)) (i32.const 0x3f80)))))
              (else
                (if (i32.eqz (i32.and (local.get $value) (i32.const 0x800000)))
                  (then
                    (local.set $at (i32.add (local.get $at) (i32.const 3)))
                    (local.set $value (i32.or (i32.or
                      (i32.and (local.get $value) (i32.const 0x7f))
                      (i32.and (i32.shr_u (local.get $value) (i32.const 1)) (i32.const 0x3f80)))
                      (i32.and (i32.shr_u (local.get $value) (i32.const 2)) (i32.const 0x1fc000)))))
                  (else
                    (local.set $other (i32.load8_u offset=4 (local.get $at)))
                    (if (i32.ge_s (local.get $value) (i32.const 0))
                      (then
                        (local.set $other (i32.const 0))
                        (local.set $at (i32.add (local.get $at) (i32.const 4))))
                      (else
                        ;; A fifth byte gives four bits; numbers of 33 bits and more are for the caller.
                        (br_if $exit (i32.ge_u (local.get $other) (i32.const 16)))
                        (local.set $at (i32.add (local.get $at) (i32.const 5)))))
                    (local.set $value (i32.or
                      (i32.or
                        (i32.or
                          (i32.and (local.get $value) (i32.const 0x7f))
                          (i32.and (i32.shr_u (local.get $value) (i32.const 1))
                                   (i32.const 0x3f80)))
                        (i32.or
                          (i32.and (i32.shr_u (local.get $value) (i32.const 2))
                                   (i32.const 0x1fc000))
                          (i32.and (i32.shr_u (local.get $value) (i32.const 3))
                                   (i32.const 0xfe00000))))
                      (i32.shl (local.get $other) (i32.const 28))))))))))
        (if (i32.lt_s (local.get $least) (i32.const 0))
          (then (local.set $leastTime (f64.trunc (f64.mul
            (f64.convert_i32_u (local.get $value)) (f64.load offset=208 (i32.const 0))))))
          (else
            (i32.store (i32.add (local.get $out) (i32.shl (local.get $least) (i32.const 2)))
              (local.get $value))))
        (local.set $least (i32.add (local.get $least) (i32.const 1)))
        (br_if $numbers (i32.lt_s (local.get $least) (local.get $count))))
      (i32.store8 (i32.add (i32.load offset=72 (i32.const 0)) (local.get $c)) (local.get $type))
      (local.set $out (i32.shl (local.get $c) (i32.const 2)))
      (i32.store (i32.add (i32.load offset=88 (i32.const 0)) (local.get $out)) (local.get $at))
      (i32.store (i32.add (i32.load offset=100 (i32.const 0)) (local.get $out)) (local.get $i))
      (local.set $out (i32.shl (local.get $c) (i32.const 3)))
      (local.set $time (f64.load (i32.add (local.get $times) (local.get $out))))
      (f64.store (i32.add (i32.load offset=96 (i32.const 0)) (local.get $out)) (local.get $time))
      (local.set $time (f64.add (local.get $time) (local.get $leastTime)))
      (f64.store (i32.add (local.get $times) (local.get $out)) (local.get $time))

      ;; Its place in the heap: Frontier.siftDown, from the top.
      (local.set $i (i32.const 0))
      (loop $sift
        (local.set $other (i32.add (i32.shl (local.get $i) (i32.const 1)) (i32.const 1)))
        (br_if $events (i32.ge_u (local.get $other) (local.get $heapSize)))
        (local.set $least (local.get $i))
        (local.set $leastTime (local.get $time))
        (local.set $value (i32.load (i32.add (local.get $heap)
                                             (i32.shl (local.get $other) (i32.const 2)))))
        (if (f64.lt (f64.load (i32.add (local.get $times)
                                       (i32.shl (local.get $value) (i32.const 3))))
                    (local.get $leastTime))
          (then
            (local.set $least (local.get $other))
            (local.set $count (local.get $value))
            (local.set $leastTime (f64.load (i32.add (local.get $times)
              (i32.shl (local.get $value) (i32.const 3)))))))
        (local.set $other (i32.add (local.get $other) (i32.const 1)))
        (if (i32.lt_u (local.get $other) (local.get $heapSize))
          (then
            (local.set $value (i32.load (i32.add (local.get $heap)
                                                 (i32.shl (local.get $other) (i32.const 2)))))
            (if (f64.lt (f64.load (i32.add (local.get $times)
                                           (i32.shl (local.get $value) (i32.const 3))))
                        (local.get $leastTime))
              (then
                (local.set $least (local.get $other))
                (local.set $count (local.get $value))))))
        (br_if $events (i32.eq (local.get $least) (local.get $i)))
        (i32.store (i32.add (local.get $heap) (i32.shl (local.get $i) (i32.const 2)))
          (local.get $count))
        (i32.store (i32.add (local.get $heap) (i32.shl (local.get $least) (i32.const 2)))
          (local.get $c))
        (local.set $i (local.get $least))
        (br $sift))))

    (i32.store offset=132 (i32.const 0) (local.get $rows))
    (i32.store offset=156 (i32.const 0) (local.get $procRows))
    (i32.store offset=192 (i32.const 0) (local.get $eventRow))
    (i32.store offset=248 (i32.const 0) (local.get $heapRows))
    (i32.store offset=516 (i32.const 0) (local.get $queued))
    (f64.store offset=200 (i32.const 0) (local.get $last))
    (f64.store offset=216 (i32.const 0) (local.get $base))
    (f64.store offset=224 (i32.const 0) (local.get $procBase))
    (i32.store offset=240 (i32.const 0) (local.get $budget))
    (local.get $why))

  ;; The rows of a track, sorted by resource: how many rows each resource has, into `counts`, and
  ;; the resources met, into `seen`. Gives the number of these.
  (func (export "count") (param $rows i32) (param $resources i32) (param $counts i32)
    (param $seen i32) (result i32)
    (local $i i32) (local $at i32) (local $resource i32) (local $n i32) (local $found i32)
    (block $done (loop $each
      (br_if $done (i32.ge_u (local.get $i) (local.get $rows)))
      (local.set $resource (i32.load (i32.add (local.get $resources)
                                              (i32.shl (local.get $i) (i32.const 2)))))
      (local.set $at (i32.add (local.get $counts)
                              (i32.shl (local.get $resource) (i32.const 2))))
      (local.set $n (i32.load (local.get $at)))
      (if (i32.eqz (local.get $n))
        (then
          (i32.store (i32.add (local.get $seen) (i32.shl (local.get $found) (i32.const 2)))
            (local.get $resource))
          (local.set $found (i32.add (local.get $found) (i32.const 1)))))
      (i32.store (local.get $at) (i32.add (local.get $n) (i32.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $each)))
    (local.get $found))

  ;; Then, `counts` holding where each resource's first row goes: every row to its place.
  ;; `out`: start, a, b (u32 each), byTime (u16), state (u8), one column behind the other.
  (func (export "scatter") (param $rows i32) (param $resources i32) (param $starts i32)
    (param $states i32) (param $as i32) (param $bs i32) (param $counts i32) (param $out i32)
    (local $i i32) (local $at i32) (local $row i32) (local $from i32) (local $to i32)
    (local $outA i32) (local $outB i32) (local $outTime i32) (local $outState i32)
    (local.set $from (i32.shl (local.get $rows) (i32.const 2)))
    (local.set $outA (i32.add (local.get $out) (local.get $from)))
    (local.set $outB (i32.add (local.get $outA) (local.get $from)))
    (local.set $outTime (i32.add (local.get $outB) (local.get $from)))
    (local.set $outState (i32.add (local.get $outTime)
                                  (i32.shl (local.get $rows) (i32.const 1))))
    (block $done (loop $each
      (br_if $done (i32.ge_u (local.get $i) (local.get $rows)))
      (local.set $from (i32.shl (local.get $i) (i32.const 2)))
      (local.set $at (i32.add (local.get $counts)
        (i32.shl (i32.load (i32.add (local.get $resources) (local.get $from))) (i32.const 2))))
      (local.set $row (i32.load (local.get $at)))
      (i32.store (local.get $at) (i32.add (local.get $row) (i32.const 1)))
      (local.set $to (i32.shl (local.get $row) (i32.const 2)))
      (i32.store (i32.add (local.get $out) (local.get $to))
        (i32.load (i32.add (local.get $starts) (local.get $from))))
      (i32.store (i32.add (local.get $outA) (local.get $to))
        (i32.load (i32.add (local.get $as) (local.get $from))))
      (i32.store (i32.add (local.get $outB) (local.get $to))
        (i32.load (i32.add (local.get $bs) (local.get $from))))
      (i32.store16 (i32.add (local.get $outTime) (i32.shl (local.get $i) (i32.const 1)))
        (local.get $row))
      (i32.store8 (i32.add (local.get $outState) (local.get $row))
        (i32.load8_u (i32.add (local.get $states) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $each)))))

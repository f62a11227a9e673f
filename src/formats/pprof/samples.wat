;; The sample loop of the pprof decoder. `kernel.ts` says how it is called and why it exists;
;; `kernel.wasm.ts` holds its bytes, and `kernel.test.ts` holds that they are this text's.
;;
;; Reads top-level fields of a profile.proto message from `pos` to `end` and decodes those samples
;; that every known encoder writes: locations and values packed or single, labels together at the
;; end, lengths below 2^21. It never writes outside of the regions given to it, and stops in front
;; of anything else, which the decoder in samples.ts then takes (or refuses with a reason).
(module
  (memory (export "memory") 1)

  ;; Where it stopped, and how many location references it wrote.
  (global $pos (export "pos") (mut i32) (i32.const 0))
  (global $refs (export "refs") (mut i32) (i32.const 0))
  ;; Why: 0 = end of input or of rows, 1 = a field runs past the input, 2 = not a plain sample.
  (global $why (export "why") (mut i32) (i32.const 0))

  ;; The length varint at $pos, at most three bytes; -1 when it is longer. Moves $pos behind it.
  (func $length (result i32)
    (local $byte i32) (local $value i32) (local $at i32)
    (local.set $at (global.get $pos))
    (local.set $value (i32.load8_u (local.get $at)))
    (global.set $pos (i32.add (local.get $at) (i32.const 1)))
    (if (i32.lt_u (local.get $value) (i32.const 0x80)) (then (return (local.get $value))))
    (local.set $byte (i32.load8_u offset=1 (local.get $at)))
    (global.set $pos (i32.add (local.get $at) (i32.const 2)))
    (local.set $value
      (i32.or
        (i32.and (local.get $value) (i32.const 0x7f))
        (i32.shl (i32.and (local.get $byte) (i32.const 0x7f)) (i32.const 7))))
    (if (i32.lt_u (local.get $byte) (i32.const 0x80)) (then (return (local.get $value))))
    (local.set $byte (i32.load8_u offset=2 (local.get $at)))
    (global.set $pos (i32.add (local.get $at) (i32.const 3)))
    (if (i32.ge_u (local.get $byte) (i32.const 0x80)) (then (return (i32.const -1))))
    (i32.or (local.get $value) (i32.shl (local.get $byte) (i32.const 14))))

  ;; pos, end       input, as addresses; at least 16 readable bytes follow `end`
  ;; locationCount  ids 1 to locationCount are valid, written as id - 1
  ;; typeCount      values that every sample must have
  ;; maxRows        samples for which there is room
  ;; refsAt         u32 per reference     endsAt    u32 per sample: references so far
  ;; startsBase     what is added to these
  ;; labelsAt       three u32 per sample: from, to (addresses of its label fields), their FNV-1a hash;
  ;;                `to` = 0 and no hash: the same bytes as those of the sample before
  ;; valuesAt       f64, one run of `stride` bytes for each type
  ;; sumsAt         f64 per type: the sum of absolute values is added to it
  ;; quadsAt        for the continuation bits of twelve bytes: how to shuffle their first four varints
  ;;                into lanes (16 bytes each), then how long these are (1 byte each, 0 = no four)
  (func (export "decode")
    (param $from i32) (param $end i32) (param $locationCount i32) (param $typeCount i32)
    (param $maxRows i32) (param $refsAt i32) (param $endsAt i32) (param $labelsAt i32)
    (param $valuesAt i32) (param $stride i32) (param $quadsAt i32) (param $sumsAt i32)
    (param $startsBase i32)
    (result i32)
    (local $row i32) (local $out i32) (local $outBefore i32) (local $at i32) (local $stop i32)
    (local $p i32) (local $tag i32) (local $length i32) (local $fieldEnd i32) (local $word i32)
    (local $bit i32) (local $index i32) (local $type i32) (local $labelFrom i32)
    (local $value i64) (local $shift i64) (local $byte i64)
    (local $bytes v128) (local $lanes v128) (local $mask i32) (local $hash i32)
    (local $before i32) (local $beforeEnd i32)

    (local.set $out (local.get $refsAt))
    (global.set $pos (local.get $from))
    (block $stopped
      (loop $fields
        (global.set $why (i32.const 0))
        (local.set $at (global.get $pos))
        (local.set $outBefore (local.get $out))
        (br_if $stopped (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $stopped (i32.ge_u (local.get $row) (local.get $maxRows)))

        ;; A field of the message: a sample, or a length-delimited one of another kind to hop over.
        (global.set $why (i32.const 2))
        (local.set $tag (i32.load8_u (local.get $at)))
        (global.set $pos (i32.add (local.get $at) (i32.const 1)))
        (if (i32.ne (local.get $tag) (i32.const 0x12))
          (then
            (br_if $stopped (i32.ne (i32.and (local.get $tag) (i32.const 0x87)) (i32.const 2)))
            (br_if $stopped (i32.lt_u (local.get $tag) (i32.const 0x0a)))
            (br_if $stopped (i32.gt_u (local.get $tag) (i32.const 0x32)))))
        (local.set $length (call $length))
        (br_if $stopped (i32.lt_s (local.get $length) (i32.const 0)))
        (local.set $p (global.get $pos))
        (local.set $stop (i32.add (local.get $p) (local.get $length)))
        (if (i32.gt_u (local.get $stop) (local.get $end))
          (then (global.set $why (i32.const 1)) (br $stopped)))
        (global.set $pos (local.get $stop))
        (br_if $fields (i32.ne (local.get $tag) (i32.const 0x12)))

        (local.set $type (i32.const 0))
        (local.set $labelFrom (i32.const 0))
        (block $sampleEnd
          (loop $parts
            (br_if $sampleEnd (i32.ge_u (local.get $p) (local.get $stop)))
            (local.set $tag (i32.load8_u (local.get $p)))
            (local.set $p (i32.add (local.get $p) (i32.const 1)))

            ;; Label: hopped over here, interned by the caller; nothing else may follow.
            (if (i32.eq (local.get $tag) (i32.const 0x1a))
              (then
                (if (i32.eqz (local.get $labelFrom))
                  (then (local.set $labelFrom (i32.sub (local.get $p) (i32.const 1)))))
                (global.set $pos (local.get $p))
                (local.set $length (call $length))
                (br_if $stopped (i32.lt_s (local.get $length) (i32.const 0)))
                (local.set $p (i32.add (global.get $pos) (local.get $length)))
                (br $parts)))
            (br_if $stopped (local.get $labelFrom))

            ;; Packed runs end where their length says; a single varint is a run of one.
            (local.set $fieldEnd (i32.add (local.get $p) (i32.const 1)))
            (if (i32.eq (i32.and (local.get $tag) (i32.const 7)) (i32.const 2))
              (then
                (global.set $pos (local.get $p))
                (local.set $length (call $length))
                (br_if $stopped (i32.lt_s (local.get $length) (i32.const 0)))
                (local.set $p (global.get $pos))
                (local.set $fieldEnd (i32.add (local.get $p) (local.get $length)))))
            (br_if $stopped (i32.gt_u (local.get $fieldEnd) (local.get $stop)))

            (if (i32.eq (i32.or (local.get $tag) (i32.const 2)) (i32.const 0x0a))
              (then
                (block $locationsEnd
                  (loop $locations
                    (br_if $locationsEnd (i32.ge_u (local.get $p) (local.get $fieldEnd)))
                    ;; Four at once, where twelve bytes hold four varints of at most three.
                    (if (i32.le_u (i32.add (local.get $p) (i32.const 12)) (local.get $fieldEnd))
                      (then
                        (local.set $bytes (v128.load (local.get $p)))
                        (local.set $mask
                          (i32.and (i8x16.bitmask (local.get $bytes)) (i32.const 0xfff)))
                        (local.set $length
                          (i32.load8_u offset=65536
                            (i32.add (local.get $quadsAt) (local.get $mask))))
                        (if (local.get $length)
                          (then
                            (local.set $p (i32.add (local.get $p) (local.get $length)))
                            (local.set $lanes
                              (i8x16.swizzle
                                (local.get $bytes)
                                (v128.load
                                  (i32.add
                                    (local.get $quadsAt)
                                    (i32.shl (local.get $mask) (i32.const 4))))))
                            (local.set $lanes
                              (i32x4.sub
                                (v128.or
                                  (v128.and
                                    (local.get $lanes)
                                    (v128.const i32x4 0x7f 0x7f 0x7f 0x7f))
                                  (v128.or
                                    (v128.and
                                      (i32x4.shr_u (local.get $lanes) (i32.const 1))
                                      (v128.const i32x4 0x3f80 0x3f80 0x3f80 0x3f80))
                                    (v128.and
                                      (i32x4.shr_u (local.get $lanes) (i32.const 2))
                                      (v128.const i32x4 0x1fc000 0x1fc000 0x1fc000 0x1fc000))))
                                (v128.const i32x4 1 1 1 1)))
                            (br_if $stopped
                              (v128.any_true
                                (i32x4.ge_u
                                  (local.get $lanes)
                                  (i32x4.splat (local.get $locationCount)))))
                            (v128.store (local.get $out) (local.get $lanes))
                            (local.set $out (i32.add (local.get $out) (i32.const 16)))
                            (br $locations)))))
                    ;; One alone. The lowest clear continuation bit of the next four bytes ends the varint.
                    (local.set $word (i32.load (local.get $p)))
                    (local.set $bit
                      (i32.and
                        (i32.xor (local.get $word) (i32.const -1))
                        (i32.const 0x80808080)))
                    (br_if $stopped (i32.eqz (local.get $bit)))
                    (local.set $p
                      (i32.add
                        (local.get $p)
                        (i32.shr_u
                          (i32.add (i32.ctz (local.get $bit)) (i32.const 1))
                          (i32.const 3))))
                    (local.set $word
                      (i32.and
                        (local.get $word)
                        (i32.sub
                          (i32.and
                            (local.get $bit)
                            (i32.sub (i32.const 0) (local.get $bit)))
                          (i32.const 1))))
                    (local.set $index
                      (i32.sub
                        (i32.or
                          (i32.or
                            (i32.and (local.get $word) (i32.const 0x7f))
                            (i32.and
                              (i32.shr_u (local.get $word) (i32.const 1))
                              (i32.const 0x3f80)))
                          (i32.or
                            (i32.and
                              (i32.shr_u (local.get $word) (i32.const 2))
                              (i32.const 0x1fc000))
                            (i32.and
                              (i32.shr_u (local.get $word) (i32.const 3))
                              (i32.const 0xfe00000))))
                        (i32.const 1)))
                    (br_if $stopped (i32.ge_u (local.get $index) (local.get $locationCount)))
                    (i32.store (local.get $out) (local.get $index))
                    (local.set $out (i32.add (local.get $out) (i32.const 4)))
                    (br $locations))))
              (else
                (br_if $stopped
                  (i32.ne (i32.or (local.get $tag) (i32.const 2)) (i32.const 0x12)))
                (block $valuesEnd
                  (loop $values
                    (br_if $valuesEnd (i32.ge_u (local.get $p) (local.get $fieldEnd)))
                    (br_if $stopped (i32.ge_u (local.get $type) (local.get $typeCount)))
                    (local.set $value (i64.const 0))
                    (local.set $shift (i64.const 0))
                    (loop $bytes
                      (local.set $byte (i64.load8_u (local.get $p)))
                      (local.set $p (i32.add (local.get $p) (i32.const 1)))
                      (local.set $value
                        (i64.or
                          (local.get $value)
                          (i64.shl
                            (i64.and (local.get $byte) (i64.const 0x7f))
                            (local.get $shift))))
                      (local.set $shift (i64.add (local.get $shift) (i64.const 7)))
                      (if (i64.ge_u (local.get $byte) (i64.const 0x80))
                        (then
                          (br_if $bytes (i64.lt_u (local.get $shift) (i64.const 70)))
                          (br $stopped))))
                    (f64.store
                      (i32.add
                        (local.get $valuesAt)
                        (i32.add
                          (i32.mul (local.get $type) (local.get $stride))
                          (i32.shl (local.get $row) (i32.const 3))))
                      (f64.convert_i64_s (local.get $value)))
                    (local.set $type (i32.add (local.get $type) (i32.const 1)))
                    (br $values)))))
            ;; A packed run must end exactly at its end.
            (br_if $parts (i32.eqz (i32.and (local.get $tag) (i32.const 2))))
            (br_if $parts (i32.eq (local.get $p) (local.get $fieldEnd)))
            (br $stopped)))

        (br_if $stopped (i32.ne (local.get $p) (local.get $stop)))
        (br_if $stopped (i32.ne (local.get $type) (local.get $typeCount)))
        ;; The sample is whole: its sums, its end, its labels.
        (local.set $type (i32.const 0))
        (block $sumsEnd
          (loop $sums
            (br_if $sumsEnd (i32.ge_u (local.get $type) (local.get $typeCount)))
            (local.set $at (i32.add (local.get $sumsAt) (i32.shl (local.get $type) (i32.const 3))))
            (f64.store
              (local.get $at)
              (f64.add
                (f64.load (local.get $at))
                (f64.abs
                  (f64.load
                    (i32.add
                      (local.get $valuesAt)
                      (i32.add
                        (i32.mul (local.get $type) (local.get $stride))
                        (i32.shl (local.get $row) (i32.const 3))))))))
            (local.set $type (i32.add (local.get $type) (i32.const 1)))
            (br $sums)))
        (i32.store
          (i32.add (local.get $endsAt) (i32.shl (local.get $row) (i32.const 2)))
          (i32.add
            (local.get $startsBase)
            (i32.shr_u (i32.sub (local.get $out) (local.get $refsAt)) (i32.const 2))))
        (local.set $at (i32.add (local.get $labelsAt) (i32.mul (local.get $row) (i32.const 12))))
        (local.set $p (select (local.get $labelFrom) (local.get $stop) (local.get $labelFrom)))
        (i32.store (local.get $at) (local.get $p))
        (i32.store offset=4 (local.get $at) (local.get $stop))
        ;; Very often they are those of the sample before: then there is nothing to hash.
        (local.set $length (i32.sub (local.get $stop) (local.get $p)))
        (block $differ
          (br_if $differ (i32.eqz (local.get $length)))
          (br_if $differ
            (i32.ne
              (local.get $length)
              (i32.sub (local.get $beforeEnd) (local.get $before))))
          (local.set $index (i32.const 0))
          (loop $comparing
            (br_if $differ
              (i32.ne
                (i32.load8_u (i32.add (local.get $p) (local.get $index)))
                (i32.load8_u (i32.add (local.get $before) (local.get $index)))))
            (local.set $index (i32.add (local.get $index) (i32.const 1)))
            (br_if $comparing (i32.lt_u (local.get $index) (local.get $length))))
          (i32.store offset=4 (local.get $at) (i32.const 0))
          (local.set $p (local.get $stop)))
        (local.set $before (i32.load (local.get $at)))
        (local.set $beforeEnd (local.get $stop))
        (local.set $hash (i32.const 0x811c9dc5))
        (block $hashEnd
          (loop $hashing
            (br_if $hashEnd (i32.ge_u (local.get $p) (local.get $stop)))
            (local.set $hash
              (i32.mul
                (i32.xor (local.get $hash) (i32.load8_u (local.get $p)))
                (i32.const 0x01000193)))
            (local.set $p (i32.add (local.get $p) (i32.const 1)))
            (br $hashing)))
        (i32.store offset=8 (local.get $at) (local.get $hash))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (global.set $pos (local.get $stop))
        (br $fields)))

    ;; Back to the start of the field that was not finished.
    (global.set $pos (local.get $at))
    (global.set $refs (i32.shr_u (i32.sub (local.get $outBefore) (local.get $refsAt)) (i32.const 2)))
    (local.get $row)))

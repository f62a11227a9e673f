/**
 * Which frames a legacy profile drops, by what it measures: allocators, lock internals, the profiler.
 *
 * The expressions become the profile's drop_frames and keep_frames, which -proto writes, so they are
 * those of addLegacyFrameInfo (profile/legacy_profile.go of Go 1.26's pprof), alternative by alternative.
 */
import type { Profile, ValueType } from '../../profile/profile.ts';

const POSIX =
  'calloc|cfree|malloc|free|memalign|do_memalign|(__)?posix_memalign|pvalloc|valloc|realloc';
const TCMALLOC = `tcmalloc::.*|${[
  'calloc cfree malloc free memalign posix_memalign pvalloc valloc realloc',
  'new delete newarray deletearray new_nothrow newarray_nothrow',
]
  .join(' ')
  .split(' ')
  .map((name) => `tc_${name}`)
  .join('|')}`;
const MACOS = 'malloc calloc valloc realloc memalign free'
  .split(' ')
  .map((name) => `malloc_zone_${name}`)
  .join('|');
const OTHER = [
  'BaseArena::.*',
  '(::)?do_malloc_no_errno',
  '(::)?do_malloc_pages',
  '(::)?do_malloc',
  'DoSampledAllocation',
  'MallocedMemBlock::MallocedMemBlock',
  '_M_allocate',
  '__builtin_(vec_)?delete',
  '__builtin_(vec_)?new',
  '__gnu_cxx::new_allocator::allocate',
  '__libc_malloc',
  '__malloc_alloc_template::allocate',
  'allocate',
  'cpp_alloc',
  'operator new(\\[\\])?',
  'simple_alloc::allocate',
].join('|');
const ALLOCATORS = [POSIX, TCMALLOC, MACOS, 'runtime\\..*', OTHER].join('|');
/** Frames of Go's runtime that stand in the middle of stacks. */
const RUNTIME_KEPT = 'runtime\\.panic|runtime\\.reflectcall|runtime\\.call[0-9]*';

const MUTEX_PARTS = ['AwaitCommon', 'Unlock', 'UnlockSlow', 'ReaderUnlock'];
const LOCKS = [
  'RecordLockProfileData',
  ...['Record', 'SubmitMutex', 'SubmitSpinLock'].map((name) =>
    name === 'Record' ? '(base::)?RecordLockProfileData.*' : `(base::)?${name}ProfileData.*`,
  ),
  ...MUTEX_PARTS.map((name) => `(base::Mutex::)?${name}.*`),
  '(base::MutexLock::)?~MutexLock.*',
  ...MUTEX_PARTS.map((name) => `(Mutex::)?${name}.*`),
  '(MutexLock::)?~MutexLock.*',
  '(SpinLock::)?Unlock.*',
  '(SpinLock::)?SlowUnlock.*',
  '(SpinLockHolder::)?~SpinLockHolder.*',
].join('|');

const PROFILER = [
  'ProfileData::Add',
  'ProfileData::prof_handler',
  'CpuProfiler::prof_handler',
  '__pthread_sighandler',
  '__restore',
].join('|');

const HEAP_TYPES = [
  'allocations,size',
  'objects,space',
  'inuse_objects,inuse_space',
  'alloc_objects,alloc_space',
  'alloc_objects,alloc_space,inuse_objects,inuse_space',
];

export function framesToDrop(
  sampleTypes: readonly ValueType[],
): Pick<Profile, 'dropFrames' | 'keepFrames'> {
  const types = sampleTypes.map(({ type }) => type).join(',');
  if (HEAP_TYPES.includes(types)) return { dropFrames: ALLOCATORS, keepFrames: RUNTIME_KEPT };
  return { dropFrames: types === 'contentions,delay' ? LOCKS : PROFILER, keepFrames: '' };
}

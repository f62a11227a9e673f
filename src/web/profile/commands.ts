/**
 * The panel's commands: what its keys do, for the page's command table. Positions, not letters:
 * keys.ts of the app matches them by event.code.
 */
import type { Command } from '../app/commands.ts';
import { EMPTY_VIEW, encodeView } from '../app/url.ts';
import { type Direction, step } from '../flame/navigate.ts';
import { saveAsHtml, saveProfile } from './saving.ts';
import type { PanelState } from './state.ts';
import { NO_FILTERS, PROFILE_VIEWS, type ProfileView, VIEW_KEYS, VIEW_TITLES } from './view.ts';

const ZOOM_STEP = 0.72;
const PAN_STEP = 0.18;

/** Where zooming by keys happens: under the pointer, else at the selection, else in the middle. */
function zoomPoint(state: PanelState): number {
  const { left, right } = state.shown.peek();
  const model = state.model.peek();
  const node = state.hover.peek()?.node ?? state.selected.peek();
  if (model !== undefined && node > 0) {
    const middle = (model.layout.left[node] ?? 0) + (model.layout.width[node] ?? 0) / 2;
    if (middle > left && middle < right) return middle;
  }
  return state.pointer ?? (left + right) / 2;
}

function moveSelection(state: PanelState, direction: Direction): void {
  const tree = state.values.peek()?.tree;
  if (tree === undefined) return;
  const from = state.selected.peek();
  // Without a selection the first step enters at what fills the width.
  const node = from > 0 ? step(tree, from, direction) : Math.max(1, state.zoomed.peek());
  if (node > 0 && node < tree.length) state.select(node);
}

/** Closes the innermost thing that is open; false when there is nothing left to close. */
export function closeInnermost(state: PanelState): boolean {
  const view = state.view.peek();
  if (state.menu.peek() !== undefined) state.menu.value = undefined;
  else if (state.marked.peek() !== undefined) state.marked.value = undefined;
  else if (state.selectedPath.peek() !== undefined) state.select(-1);
  else if (view.search !== '') state.change({ search: '' }, 'replace');
  else if (view.zoom.length > 0 || view.range !== undefined) state.fit(0);
  else return false;
  return true;
}

function canClose(state: PanelState): boolean {
  const { search, zoom, range } = state.view.value;
  return (
    state.menu.value !== undefined ||
    state.marked.value !== undefined ||
    state.selectedPath.value !== undefined ||
    search !== '' ||
    zoom.length > 0 ||
    range !== undefined
  );
}

/** f: the marked range, else the selected frame. */
function focusSelection(state: PanelState): void {
  const marked = state.marked.peek();
  if (marked !== undefined) state.zoomTo(marked);
  else if (state.selected.peek() > 0) state.fit(state.selected.peek());
}

/** What commands of one panel are made with. */
interface PanelContext {
  readonly state: PanelState;
  /** Whether the panel, and not the time axis above it, gets the keys that both know. */
  readonly hot: () => boolean;
  readonly inFlame: () => boolean;
  /** A frame of the flame graph is selected. */
  readonly selected: () => boolean;
}

type When = () => boolean;
const always: When = () => true;

function make(
  id: string,
  title: string,
  keys: readonly string[],
  when: When,
  run: () => void,
): Command {
  return { id: `profile.${id}`, title, group: 'Profile', keys, when, run };
}

function zoomCommands({ state, inFlame }: PanelContext): readonly Command[] {
  const zoom = (factor: number) => () => state.flame.peek()?.zoom(factor, zoomPoint(state));
  const pan = (share: number) => () => state.flame.peek()?.pan(share);
  const isZoomed = () => {
    const { zoom: path, range } = state.view.value;
    return inFlame() && (path.length > 0 || range !== undefined);
  };
  const fit = () => focusSelection(state);
  return [
    make('zoom-in', 'Zoom in at the pointer', ['W'], inFlame, zoom(ZOOM_STEP)),
    make('zoom-out', 'Zoom out', ['S'], inFlame, zoom(1 / ZOOM_STEP)),
    make('pan-left', 'Pan left', ['A'], inFlame, pan(-PAN_STEP)),
    make('pan-right', 'Pan right', ['D'], inFlame, pan(PAN_STEP)),
    make('reset', 'Show everything', ['0', 'Home'], inFlame, () => state.fit(0)),
    make('fit', 'Fit the selected frame or marked range', ['F'], inFlame, fit),
    make('undo-zoom', 'Undo the last zoom', ['Backspace'], isZoomed, () => history.back()),
  ];
}

function selectionCommands({ state, inFlame, selected }: PanelContext): readonly Command[] {
  const move = (direction: Direction) => () => moveSelection(state, direction);
  const name = () => state.nameOf(state.selected.peek());
  const copy = () => void navigator.clipboard.writeText(name());
  const ignore = () => state.addToFilter('ignore', name());
  const hide = () => state.addToFilter('hide', name());
  const menuKeys = ['M', 'Shift+F10', 'ContextMenu'];
  return [
    make('parent', 'Select the caller', ['ArrowUp'], inFlame, move('parent')),
    make('child', 'Select the heaviest callee', ['ArrowDown'], inFlame, move('child')),
    make('next', 'Select the next sibling', ['ArrowRight'], inFlame, move('next')),
    make('previous', 'Select the sibling before', ['ArrowLeft'], inFlame, move('previous')),
    make('menu', 'Menu of the selected frame', menuKeys, selected, () => menuAtSelection(state)),
    make('copy', 'Copy its name', ['Y'], selected, copy),
    make('lines', 'Its lines', ['V'], selected, () => state.linesButton.peek()?.click()),
    make('focus', 'Keep only stacks through it', ['Shift+F'], selected, () =>
      state.focusOn(name()),
    ),
    make('ignore', 'Drop stacks through it', ['Shift+I'], selected, ignore),
    make('hide', 'Leave it out of its stacks', ['Shift+H'], selected, hide),
    make('sandwich', 'Its callers and callees', ['E'], selected, () => state.openSandwich(name())),
  ];
}

function searchCommands({ state, hot }: PanelContext): readonly Command[] {
  const found = () => hot() && state.matches.value !== undefined;
  const field = () => state.searchField.peek()?.select();
  return [
    make('search', 'Search frames', ['/', 'Mod+F'], always, field),
    make('next-match', 'Next match', ['Enter', 'N'], found, () => state.goToMatch(false)),
    make('previous-match', 'Match before', ['Shift+Enter', 'Shift+N'], found, () =>
      state.goToMatch(true),
    ),
  ];
}

function viewCommands({ state, hot }: PanelContext): readonly Command[] {
  const turn = (change: () => Partial<ProfileView>) => () => state.change(change(), 'push');
  const { view } = state;
  const invert = turn(() => ({ invert: !view.peek().invert, zoom: [], range: undefined }));
  const collapse = turn(() => ({ collapseRecursion: !view.peek().collapseRecursion }));
  const unfilter = turn(() => NO_FILTERS);
  const views = PROFILE_VIEWS.map((name) => {
    const title = `View: ${VIEW_TITLES[name].toLowerCase()}`;
    return make(
      `view-${name}`,
      title,
      [VIEW_KEYS[name]],
      () => state.views.value.includes(name),
      turn(() => ({ view: name })),
    );
  });
  return [
    ...views,
    make('invert', 'Invert: leaves on top', ['I'], hot, invert),
    make('recursion', 'Collapse recursion', ['R'], hot, collapse),
    make('unfilter', 'Remove all filters', [], always, unfilter),
    make('save', 'Save the profile (pprof, gzip)', [], always, () => void saveProfile(state)),
    make('save-html', 'Save as HTML: one page that opens offline', [], savable, () => {
      void saveAsHtml(state, addressOf(view.peek()));
    }),
    make(
      'close',
      'Close the innermost thing',
      ['Escape'],
      () => canClose(state),
      () => {
        closeInnermost(state);
      },
    ),
  ];
}

/** A page from a file has no server to take the page's own code from. */
const savable: When = () => location.protocol !== 'file:';

/** The view in an address, without what only a server knows. */
function addressOf(profile: ProfileView): string {
  return encodeView({ ...EMPTY_VIEW, page: 'file', profile }).slice(1);
}

/** `hot`: whether the panel, and not the time axis above it, gets the keys that both know. */
export function profileCommands(state: PanelState, hot: () => boolean): readonly Command[] {
  const inFlame = () => hot() && state.flame.value !== undefined;
  const selected = () => inFlame() && state.selected.value > 0;
  const context = { state, hot, inFlame, selected };
  return [
    ...zoomCommands(context),
    ...selectionCommands(context),
    ...searchCommands(context),
    ...viewCommands(context),
  ];
}

function menuAtSelection(state: PanelState): void {
  const view = state.flame.peek();
  const node = state.selected.peek();
  const place = view?.placeOf(node);
  const box = view?.canvas.getBoundingClientRect();
  if (place === undefined || box === undefined) return;
  state.openMenu(node, { x: box.left + place.x, y: box.top + place.y + 18 });
}

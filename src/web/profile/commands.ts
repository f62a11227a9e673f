/**
 * The panel's commands: what its keys do, for the page's command table. Positions, not letters:
 * keys.ts of the app matches them by event.code.
 */
import type { Command } from '../app/commands.ts';
import { type Direction, step } from '../flame/navigate.ts';
import type { PanelState } from './state.ts';
import { PROFILE_VIEWS, VIEW_TITLES } from './view.ts';

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

/** `hot`: whether the panel, and not the time axis above it, gets the keys that both know. */
export function profileCommands(state: PanelState, hot: () => boolean): readonly Command[] {
  const group = 'Profile';
  const flame = () => state.flame.peek();
  const inFlame = () => hot() && state.flame.value !== undefined;
  const make = (
    id: string,
    title: string,
    keys: readonly string[],
    run: () => void,
    when: () => boolean = hot,
  ): Command => ({ id: `profile.${id}`, title, group, keys, when, run });
  const always = () => true;
  const zoom = (factor: number) => () => flame()?.zoom(factor, zoomPoint(state));
  const pan = (share: number) => () => flame()?.pan(share);
  const name = () => state.nameOf(state.selected.peek());
  const selected = () => inFlame() && state.selected.value > 0;
  const turn = (change: Parameters<PanelState['change']>[0]) => () => state.change(change, 'push');
  const { view } = state;
  const zoomedIn = () =>
    inFlame() && (view.value.zoom.length > 0 || view.value.range !== undefined);
  return [
    make('zoom-in', 'Zoom in at the pointer', ['W'], zoom(ZOOM_STEP), inFlame),
    make('zoom-out', 'Zoom out', ['S'], zoom(1 / ZOOM_STEP), inFlame),
    make('pan-left', 'Pan left', ['A'], pan(-PAN_STEP), inFlame),
    make('pan-right', 'Pan right', ['D'], pan(PAN_STEP), inFlame),
    make('reset', 'Show everything', ['0', 'Home'], () => state.fit(0), inFlame),
    make(
      'fit',
      'Fit the selected frame or marked range',
      ['F'],
      () => focusSelection(state),
      inFlame,
    ),
    make('undo-zoom', 'Undo the last zoom', ['Backspace'], () => history.back(), zoomedIn),
    make('parent', 'Select the caller', ['ArrowUp'], () => moveSelection(state, 'parent'), inFlame),
    make(
      'child',
      'Select the heaviest callee',
      ['ArrowDown'],
      () => moveSelection(state, 'child'),
      inFlame,
    ),
    make(
      'next',
      'Select the next sibling',
      ['ArrowRight'],
      () => moveSelection(state, 'next'),
      inFlame,
    ),
    make(
      'previous',
      'Select the sibling before',
      ['ArrowLeft'],
      () => moveSelection(state, 'previous'),
      inFlame,
    ),
    make(
      'search',
      'Search frames',
      ['/', 'Mod+F'],
      () => state.searchField.peek()?.select(),
      always,
    ),
    make(
      'next-match',
      'Next match',
      ['Enter', 'N'],
      () => state.goToMatch(false),
      () => hot() && state.matches.value !== undefined,
    ),
    make(
      'previous-match',
      'Match before',
      ['Shift+Enter', 'Shift+N'],
      () => state.goToMatch(true),
      () => hot() && state.matches.value !== undefined,
    ),
    make(
      'menu',
      'Menu of the selected frame',
      ['M', 'Shift+F10', 'ContextMenu'],
      () => menuAtSelection(state),
      selected,
    ),
    make(
      'copy',
      'Copy the selected frame’s name',
      ['Y'],
      () => void navigator.clipboard.writeText(name()),
      selected,
    ),
    make(
      'focus',
      'Keep only stacks through the selected frame',
      ['Shift+F'],
      () => state.focusOn(name()),
      selected,
    ),
    make(
      'ignore',
      'Drop stacks through the selected frame',
      ['Shift+I'],
      () => state.addToFilter('ignore', name()),
      selected,
    ),
    make(
      'hide',
      'Leave the selected frame out',
      ['Shift+H'],
      () => state.addToFilter('hide', name()),
      selected,
    ),
    make(
      'sandwich',
      'Callers and callees of the selected frame',
      ['E'],
      () => state.openSandwich(name()),
      selected,
    ),
    make('invert', 'Invert: leaves on top', ['I'], () =>
      turn({ invert: !view.peek().invert, zoom: [], range: undefined })(),
    ),
    make('recursion', 'Collapse recursion', ['R'], () =>
      turn({ collapseRecursion: !view.peek().collapseRecursion })(),
    ),
    make(
      'unfilter',
      'Remove all filters',
      [],
      turn({ focus: '', ignore: '', hide: '', show: '', labels: {}, collapseRecursion: false }),
      always,
    ),
    make('save', 'Save the profile (pprof, gzip)', [], () => void state.save(), always),
    make(
      'close',
      'Close the innermost thing',
      ['Escape'],
      () => void closeInnermost(state),
      () => canClose(state),
    ),
    ...PROFILE_VIEWS.map((key, index) =>
      make(
        `view-${key}`,
        `View: ${VIEW_TITLES[key].toLowerCase()}`,
        [`${index + 1}`],
        turn({ view: key }),
        always,
      ),
    ),
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

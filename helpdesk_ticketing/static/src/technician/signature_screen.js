import { Component, onMounted, useExternalListener, useRef, useState } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { useActiveElement } from "@web/core/ui/ui_service";

const INK = "#14213d";
const LONGEST_SIDE = 1000; // the server keeps no more
const THINNEST = 2.5;

/**
 * The whole screen to write a name on. On a telephone that is held upright it is turned, so that it is wide.
 *
 * Core's signature asks the server for fonts before it shows anything, so it can't be used without network; and its
 * pad does not know that it is turned.
 */
export class SignatureScreen extends Component {
    static template = "helpdesk_ticketing.SignatureScreen";
    static props = { close: Function, name: String, accept: Function };

    setup() {
        this.rootRef = useRef("root");
        this.canvasRef = useRef("canvas");
        this.strokes = []; // of points in the pad's own directions
        this.state = useState({ isEmpty: true, isTurned: false });
        useActiveElement("root");
        useHotkey("escape", () => this.props.close());
        useExternalListener(window, "resize", () => this.resize());
        onMounted(() => this.resize());
    }

    /** The strokes stay when the telephone is turned: they are drawn again, as large as the pad allows. */
    async resize() {
        this.state.isTurned = window.innerHeight > window.innerWidth;
        await new Promise(requestAnimationFrame); // for the turned layout
        const canvas = this.canvasRef.el;
        if (canvas) {
            const ratio = window.devicePixelRatio || 1;
            canvas.width = canvas.offsetWidth * ratio;
            canvas.height = canvas.offsetHeight * ratio;
            this.draw(canvas, this.strokes, ratio);
        }
    }

    /** Where the finger is on the pad, whichever way it is turned. */
    locate({ clientX, clientY }) {
        const box = this.canvasRef.el.getBoundingClientRect();
        return this.state.isTurned
            ? { x: clientY - box.top, y: box.right - clientX }
            : { x: clientX - box.left, y: clientY - box.top };
    }

    onDown(ev) {
        ev.preventDefault();
        this.canvasRef.el.setPointerCapture?.(ev.pointerId);
        this.pointerId = ev.pointerId; // a palm on the screen does not write
        this.strokes.push([this.locate(ev)]);
        this.state.isEmpty = false;
        this.drawLast();
    }

    onMove(ev) {
        if (ev.pointerId === this.pointerId) {
            const events = ev.getCoalescedEvents?.() || [];
            this.strokes.at(-1).push(...(events.length ? events : [ev]).map((each) => this.locate(each)));
            this.drawLast();
        }
    }

    onUp(ev) {
        if (ev.pointerId === this.pointerId) {
            this.pointerId = null;
        }
    }

    drawLast() {
        this.draw(this.canvasRef.el, this.strokes.slice(-1), window.devicePixelRatio || 1);
    }

    /** Draw strokes as smooth lines: through the middle between each two points. */
    draw(canvas, strokes, scale, left = 0, top = 0) {
        const context = canvas.getContext("2d");
        context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
        Object.assign(context, { lineWidth: THINNEST, lineCap: "round", lineJoin: "round", strokeStyle: INK });
        for (const points of strokes) {
            context.beginPath();
            context.moveTo(points[0].x, points[0].y);
            points.forEach((point, index) => {
                const next = points[index + 1] || point;
                context.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
            });
            context.stroke();
        }
    }

    clear() {
        this.strokes = [];
        this.state.isEmpty = true;
        const canvas = this.canvasRef.el;
        canvas.width = canvas.width; // empties it
    }

    /** The signature alone, without the empty paper around it: PNG, base64. */
    getImage() {
        const points = this.strokes.flat();
        const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
        const margin = 10;
        const [left, top] = [Math.min(...xs) - margin, Math.min(...ys) - margin];
        const [width, height] = [Math.max(...xs) + margin - left, Math.max(...ys) + margin - top];
        const scale = Math.min(2, LONGEST_SIDE / Math.max(width, height));
        const image = document.createElement("canvas");
        [image.width, image.height] = [Math.ceil(width * scale), Math.ceil(height * scale)];
        this.draw(image, this.strokes, scale, left, top);
        return image.toDataURL("image/png").split(",")[1];
    }

    accept() {
        this.props.close();
        return this.props.accept(this.getImage());
    }
}

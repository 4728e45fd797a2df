import { Component, onMounted, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formatQuantity } from "./format";
import { findByCode, searchProducts, toBars } from "./products";
import { prepareScanner } from "./scanner";
import { call } from "./technician_model";

const SHOWN = 40;
const SHORTEST_TERM = 2;

/** Choose a product of the van, or of the whole catalogue as long as there is a network; then how much, or which one. */
export class MaterialDialog extends Component {
    static template = "helpdesk_ticketing.MaterialDialog";
    static components = { Dialog };
    static props = { close: Function, ticketId: Number, products: Array, isScanning: Boolean, add: Function };

    setup() {
        this.notification = useService("notification");
        this.canScan = isBarcodeScannerSupported();
        this.keepLast = new KeepLast();
        this.state = useState({ term: "", others: [], product: null, quantity: 1, lotId: false, lotName: "" });
        this.searchOthers = useDebounced(() => this.askServer(), 300);
        useAutofocus({ refName: "term", mobile: !this.props.isScanning });
        onMounted(() => this.props.isScanning && this.scan());
    }

    // Choosing a product

    get found() {
        return searchProducts(this.props.products, this.state.term).slice(0, SHOWN);
    }

    get others() {
        const inVan = new Set(this.props.products.map(({ id }) => id));
        return this.state.others.filter(({ id }) => !inVan.has(id));
    }

    onInput() {
        this.state.others = [];
        this.searchOthers();
    }

    async askServer() {
        const term = this.state.term.trim();
        if (term.length >= SHORTEST_TERM) {
            this.state.others = await this.keepLast.add(this.fetch(term));
        }
    }

    /** Without network there is the van, and nothing else. */
    async fetch(term) {
        try {
            return await call("technician_search_products", [term, this.props.ticketId]);
        } catch {
            return [];
        }
    }

    async scan() {
        try {
            await prepareScanner();
        } catch {
            this.notification.add(_t("The scanner needs a network for its first time: type the code."), { type: "warning" });
            return;
        }
        const code = await scanBarcode(this.env); // what goes wrong with the camera, the scanner says itself
        navigator.vibrate?.(80);
        await this.onCode(code);
    }

    async onCode(code) {
        const match = findByCode(this.props.products, code) || findByCode(await this.fetch(toBars(code)), code);
        if (match) {
            this.choose(match.product, match.lot);
        } else {
            this.state.term = code;
            this.notification.add(_t("No product has the code %s.", code), { type: "warning" });
        }
    }

    available(product) {
        return _t("%(quantity)s %(uom)s", { quantity: formatQuantity(product.available), uom: product.uom });
    }

    choose(product, lot) {
        const [only] = product.lots.length === 1 ? product.lots : [];
        Object.assign(this.state, { product, quantity: 1, lotId: (lot || only)?.id || false, lotName: "" });
    }

    // How much of it

    get isSerial() {
        return this.state.product.tracking === "serial";
    }

    get isTracked() {
        return this.state.product.tracking !== "none";
    }

    get isShort() {
        return this.state.quantity > this.state.product.available;
    }

    get canAdd() {
        const { quantity, lotId, lotName } = this.state;
        return quantity > 0 && (!this.isTracked || lotId || lotName.trim());
    }

    step(by) {
        this.state.quantity = Math.max(1, this.state.quantity + by);
    }

    onQuantity(ev) {
        this.state.quantity = Number(ev.target.value.replace(",", ".")) || 0;
    }

    chooseLot(lot) {
        Object.assign(this.state, { lotId: lot.id, lotName: "" });
    }

    onLotName(ev) {
        Object.assign(this.state, { lotName: ev.target.value, lotId: false });
    }

    add() {
        const { product, quantity, lotId, lotName } = this.state;
        const lot = product.lots.find(({ id }) => id === lotId);
        this.props.close();
        return this.props.add(
            {
                product_id: product.id,
                quantity: this.isSerial ? 1 : quantity,
                lot_id: lotId,
                lot_name: lot?.name || lotName.trim() || false,
            },
            { name: product.name, uom: product.uom, lot: lot?.name },
        );
    }
}

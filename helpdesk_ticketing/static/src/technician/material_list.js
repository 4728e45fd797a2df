import { Component } from "@odoo/owl";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatQuantity } from "./format";
import { MaterialDialog } from "./material_dialog";

/** What was fitted: found by name or by barcode, and taken back as easily. */
export class MaterialList extends Component {
    static template = "helpdesk_ticketing.MaterialList";
    static props = { ticket: Object, day: Object, isReadonly: Boolean, do: Function };

    setup() {
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.canScan = isBarcodeScannerSupported();
    }

    quantity(line) {
        return `${formatQuantity(line.quantity)} ${line.uom || ""}`;
    }

    removeLabel(line) {
        return _t("Take back %s", line.name);
    }

    open(isScanning) {
        this.dialog.add(MaterialDialog, {
            ticketId: this.props.ticket.id,
            products: this.props.day.van?.products || [],
            isScanning,
            add: (values, shown) => this.add(values, shown),
        });
    }

    async add(values, shown) {
        const { uuid } = await this.props.do("material_add", values, shown);
        this.offerUndo(_t("%s added", shown.name), () => this.props.do("material_remove", { uuid }, shown));
    }

    async remove(line) {
        const shown = { name: line.name, uom: line.uom, lot: line.lot };
        // A number is the server's; what has not come back from it yet is known by the operation that added it.
        const id = typeof line.id === "number" ? { material_id: line.id } : { uuid: line.id };
        await this.props.do("material_remove", id, shown);
        const values = { product_id: line.product_id, quantity: line.quantity, lot_id: false, lot_name: line.lot || false };
        this.offerUndo(_t("%s taken back", line.name), () => this.props.do("material_add", values, shown));
    }

    offerUndo(message, undo) {
        const close = this.notification.add(message, {
            type: "success",
            buttons: [
                {
                    name: _t("Undo"),
                    primary: true,
                    onClick: () => {
                        close();
                        undo();
                    },
                },
            ],
        });
    }
}

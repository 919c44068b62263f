/** Parcels of an order, numbered in the order in which they become known. */
import type { Db } from '../connection/connect.ts';

export interface ParcelDetails {
  readonly id: string;
  readonly carrier?: string;
  readonly trackingNumber?: string;
  readonly trackingUrl?: string;
  readonly pickupPlace?: string;
}

interface OfOrder {
  readonly brand: string;
  readonly order: string;
}

/** True if the parcel was not known yet. */
export async function saveParcel(trx: Db, { brand, order }: OfOrder, parcel: ParcelDetails): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { is_new: boolean }[] }>(
    `insert into parcels (brand_id, order_id, id, number, carrier, tracking_number, tracking_url, pickup_place)
       select :brand, :order, :id, coalesce(max(number), 0) + 1, :carrier, :trackingNumber, :trackingUrl, :pickupPlace
         from parcels where brand_id = :brand and order_id = :order
     on conflict (brand_id, order_id, id) do update set
       carrier = coalesce(parcels.carrier, excluded.carrier),
       tracking_number = coalesce(parcels.tracking_number, excluded.tracking_number),
       tracking_url = coalesce(parcels.tracking_url, excluded.tracking_url),
       pickup_place = coalesce(parcels.pickup_place, excluded.pickup_place)
     returning xmax = 0 as is_new`,
    {
      brand,
      order,
      id: parcel.id,
      carrier: parcel.carrier ?? null,
      trackingNumber: parcel.trackingNumber ?? null,
      trackingUrl: parcel.trackingUrl ?? null,
      pickupPlace: parcel.pickupPlace ?? null,
    },
  );
  return rows[0]?.is_new === true;
}

export async function isKnownParcel(trx: Db, { brand, order }: OfOrder, id: string): Promise<boolean> {
  const known: unknown = await trx('parcels').where({ brand_id: brand, order_id: order, id }).first('id');
  return known !== undefined;
}

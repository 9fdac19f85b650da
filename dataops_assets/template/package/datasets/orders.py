"""Orders of the shop, one CSV file a day, and what they earned by country."""

from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Numeric, Source, Text, Timestamp, column
from dataops_assets.sources import Env, Files

daily = Daily(start="2026-01-01", column="order_date", lookback=2)


class OrdersRaw(Contract, quarantine_above=0.5):
    """One row per order."""

    order_date: Date = column("Day of the order, UTC.", sql="DATE(ordered_at)")
    order_id: Integer = column("Number of the order.", ge=1)
    ordered_at: Timestamp = column("Moment of the order, UTC.")
    customer_email: Text = column("Who ordered.", tags=["pii"])
    country: Text = column("ISO code of the country.", pattern="[A-Z]{2}$")
    status: Text = column("What became of it.", isin=["open", "paid", "returned"])
    amount: Numeric = column("Total of the order.", unit="EUR", ge=0)


orders = Source(
    name="orders",
    extract=Files(Env("SHOP_EXPORTS") / "orders-{partition.start:%Y-%m-%d}.csv"),
    contract=OrdersRaw,
    partition=daily,
    key=["order_date", "order_id"],
    write="merge",
    schedule="0 5 * * *",
)


class DailyRevenue(Contract):
    """What the shop earned, per day and country."""

    order_date: Date = column("Day of the orders, UTC.")
    country: Text = column("ISO code of the country.")
    orders: Integer = column("Paid orders.", ge=1)
    revenue: Numeric = column("Their total.", unit="EUR", ge=0)


daily_revenue = Derived(
    name="daily_revenue",
    contract=DailyRevenue,
    partition=daily,
    key=["order_date", "country"],
    publish=True,
    sql="""
        select order_date, country, count(*) as orders, sum(amount) as revenue
        from staged.orders
        where status = 'paid' and order_date >= @window_start and order_date < @window_end
        group by order_date, country
    """,
)

"""The company of the benchmarks: agents, teams, customers, as many tickets as project tasks, and works paid by parts.

What happened to them is made up first (``life.py``), then tickets, promises, tasks, messages and followers are inserted
by SQL, as if they had been made one by one: the distributions are the same on both sides.
"""

from dataclasses import dataclass

import documents
import feedback
import history
import knowledge
import life
import people
import promises
import works


@dataclass
class World:
    """Ids of what the cases use."""

    agent: int
    colleague: int
    technician: int
    dispatcher: int
    planner: int
    team: int
    project: int
    customer: int
    customer_user: int  # of the customer with many tickets, who logs in


def load(env):
    """Return the world of a database that has been built."""

    def user(login):
        return env["res.users"].search([("login", "=", login)]).id

    return World(
        agent=user("bench-agent-1"),
        colleague=user("bench-agent-2"),
        technician=user("bench-technician"),
        dispatcher=user("bench-dispatcher"),
        planner=user("bench-planner"),
        team=env["ticketing.team"].search([("name", "=", "Bench desk 1")]).id,
        project=env["project.project"].search([("name", "=", "Bench project 1")]).id,
        customer=env["res.partner"].search([("name", "=", "Bench customer 1")], limit=1).id,
        customer_user=user("bench-customer"),
    )


def build(env, size):
    """Build the world with ``size`` tickets and as many tasks."""
    quiet = env(context={**env.context, "tracking_disable": True, "no_reset_password": True, "mail_notrack": True})
    people.make_mail_domain(quiet)
    agents = people.make_users(quiet)
    people.make_customers(quiet)
    people.make_teams(quiet, agents)
    people.make_products(quiet)
    promises.make_policies(quiet)
    env.flush_all()
    # What is inserted agrees with itself: PostgreSQL need not look up each reference.
    env.cr.execute("SET LOCAL session_replication_role = replica")
    life.make(env, size)
    promises.make(env)
    documents.insert_tickets(env)
    promises.insert(env)
    documents.insert_tasks(env)
    history.insert(env)
    knowledge.insert(env)
    env.cr.execute("SET LOCAL session_replication_role = origin")
    env.invalidate_all()
    works.make(quiet)
    promises.check(env)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    feedback.count(env)

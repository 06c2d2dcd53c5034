import { Sequelize } from "sequelize";
import { createSequelizeAdapter } from "rollease/db/sequelize";
import { databaseAdapterContract } from "../../contracts/database-adapter";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

let database: TestDatabase;
let sequelize: Sequelize;

databaseAdapterContract("Sequelize", {
  async open() {
    database = await openTestDatabase();
    sequelize = new Sequelize(database.connectionString, { dialect: "postgres", logging: false });
    return createSequelizeAdapter({ sequelize, tablePrefix: "rollease_", sync: false });
  },
  async dispose() {
    await sequelize.close();
    await database.close();
  },
});
